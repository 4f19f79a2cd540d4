package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/diagnose"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// diagnosed is the result of `starter diagnose`.
type diagnosed struct {
	// File is where the archive is.
	File     string   `json:"file"`
	Bytes    int      `json:"bytes"`
	Contents []string `json:"contents"`
}

func (a *app) diagnoseCommand() *cobra.Command {
	var output string
	command := &cobra.Command{
		Use: "diagnose", Short: "Write an archive for support",
		Long: "Write an archive for support, about every connection or the one that --connection names: versions, status, settings, and recent failures, " +
			"imports and reconciliations. It holds no secret and no values of your records, only their IDs and the reasons of failures, which may name them.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			name := ""
			if command.Flags().Changed("connection") {
				name = a.connection
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				var archive bytes.Buffer
				contents, err := p.Operator(nil).Diagnose(ctx, actor(command), name, &archive)
				if errors.Is(err, store.ErrNotFound) {
					return unknownConnection(name)
				}
				if err != nil {
					return err
				}
				if output == "" {
					output = diagnose.Name(time.Now())
				}
				file, err := filepath.Abs(output)
				if err != nil {
					return fmt.Errorf("--output: %w", err)
				}
				if err := os.WriteFile(file, archive.Bytes(), 0o600); err != nil {
					return fmt.Errorf("write the archive: %w; choose another place with --output FILE", err)
				}
				result := diagnosed{File: file, Bytes: archive.Len(), Contents: contents}
				return a.print(result, diagnosedText(result))
			})
		},
	}
	command.Flags().StringVar(&output, "output", "", "write the archive to this file instead of diagnostics-TIME.zip")
	return command
}

func diagnosedText(result diagnosed) string {
	return fmt.Sprintf("Wrote %s (%s):\n  %s\nIt holds no secrets. Reasons of failures may name records: look through it before you send it.\n",
		result.File, rules.Count(len(result.Contents), "file"), strings.Join(result.Contents, "\n  "))
}
