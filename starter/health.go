package main

import (
	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
)

func (a *app) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Check whether `starter serve` is running on this machine", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			settings, err := config.Load(a.environ)
			if err != nil {
				return err
			}
			return program.CheckHealth(command.Context(), string(settings.ListenAddress))
		},
	}
}
