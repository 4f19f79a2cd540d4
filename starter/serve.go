package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/web"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the Integrations page, the JSON API, metrics and health over HTTP", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			settings, err := config.LoadServe(a.environ)
			if err != nil {
				return err
			}
			ctx := command.Context()
			p, err := a.startWith(ctx, settings)
			if err != nil {
				return err
			}
			defer func() { _ = p.Close(context.WithoutCancel(ctx)) }()
			temporal, err := p.Temporal(ctx)
			if err != nil {
				return err
			}
			defer temporal.Close()
			return a.serve(ctx, p, temporal)
		},
	}
}

func (a *app) serve(ctx context.Context, p *program.Program, temporal client.Client) error {
	namespace, err := p.Namespace()
	if err != nil {
		return err
	}
	pages, err := web.New(web.Options{
		Store: p.Store, AdminToken: p.Config.AdminToken.Reveal(), TemporalUIURL: p.Config.TemporalUIURL, Namespace: namespace,
		Logger: p.Logger,
	})
	if err != nil {
		return err
	}
	mux := p.Observation(temporal)
	pages.Register(mux)
	mux.Handle("GET /{$}", http.RedirectHandler("/integrations", http.StatusFound))
	p.Logger.InfoContext(ctx, "serving", "address", p.Config.ListenAddress)
	return telemetry.Serve(ctx, p.Config.ListenAddress, mux, p.Logger)
}
