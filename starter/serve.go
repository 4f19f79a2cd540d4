package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/api"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/version"
	"ninjaone-accelo/internal/web"
	"ninjaone-accelo/internal/webhook"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve webhooks, the Integrations page, the JSON API, metrics and health checks over HTTP", Args: cobra.NoArgs,
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
			p.WarnOtherAccount(ctx)
			temporal, err := p.Temporal(ctx)
			if err != nil {
				return err
			}
			defer temporal.Close()
			return a.serve(ctx, p, temporal)
		},
	}
}

// serve also runs a worker: Temporal hands the first task of an alert to a worker in the same process along with its start.
func (a *app) serve(ctx context.Context, p *program.Program, temporal client.Client) error {
	workers, err := p.Workers(temporal)
	if err != nil {
		return err
	}
	mux, err := a.routes(ctx, p, temporal)
	if err != nil {
		return err
	}
	p.Logger.InfoContext(ctx, "serving", "version", version.Version(), "address", string(p.Config.ListenAddress))
	return p.Serve(ctx, workers, p.Config.ListenAddress, mux)
}

func (a *app) routes(ctx context.Context, p *program.Program, temporal client.Client) (*http.ServeMux, error) {
	namespace, err := p.Namespace()
	if err != nil {
		return nil, err
	}
	launcher, err := p.Launcher(ctx, temporal)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Options{
		Store: p.Store, AdminToken: p.Config.AdminToken.Reveal(), TemporalUIURL: string(p.Config.TemporalUIURL), Namespace: namespace,
		TrialURL: p.Config.SignIns.AcceloTrialURL, Logger: p.Logger, Operations: p.Operator(launcher),
	})
	if err != nil {
		return nil, err
	}
	receiver, err := webhook.New(webhook.Options{
		Flows: launcher, Connections: p.Tenants, Requests: p.Store, Logger: p.Logger, Metrics: p.Metrics.Webhook,
	})
	if err != nil {
		return nil, err
	}
	mux := p.Observation(temporal)
	pages.Register(mux)
	if _, err := api.Register(mux, api.Options{
		Store: p.Store, Operator: p.Operator(launcher), AdminToken: p.Config.AdminToken.Reveal(), Logger: p.Logger, Stopping: ctx.Done(),
	}); err != nil {
		return nil, err
	}
	receiver.Register(mux)
	mux.Handle("GET /{$}", http.RedirectHandler("/integrations", http.StatusFound))
	return mux, nil
}
