package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/schollz/progressbar/v3"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

const (
	// watchInterval is how often the progress bar moves; plainInterval how often a line is printed where there is no terminal.
	watchInterval = 500 * time.Millisecond
	plainInterval = 10 * time.Second
)

// watch shows how an import comes along and returns its result, also that of one that was cancelled.
func (a *app) watch(ctx context.Context, p *program.Program, execution started) (flow.ImportResult, error) {
	watching, stop := context.WithCancel(ctx)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		a.show(watching, p, execution.importID)
	}()
	var result flow.ImportResult
	err := execution.run.Get(ctx, &result)
	stop()
	<-shown
	var cancelled *temporal.CanceledError
	switch {
	case errors.As(err, &cancelled) && cancelled.HasDetails():
		return result, cancelled.Details(&result)
	case ctx.Err() != nil:
		return result, fmt.Errorf("no longer watching; the import %s goes on. Run the same command to watch it again", execution.run.GetID())
	case err != nil:
		return result, fmt.Errorf("the import failed: %w", rootCause(err))
	}
	return result, nil
}

// rootCause is the innermost message of a failed workflow: what went wrong, without Temporal's wrapping.
func rootCause(err error) error {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return errors.New(application.Message())
	}
	return err
}

func (a *app) show(ctx context.Context, p *program.Program, importID string) {
	interval, paint := plainInterval, a.paintPlain
	if a.interactive() {
		interval, paint = watchInterval, a.paintBar()
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		progress, err := p.Store.Progress(ctx, importID)
		if err != nil {
			continue // the run has not begun yet, or the database is away; the result does not depend on it
		}
		paint(progress, a.waiting(ctx, p))
	}
}

// waiting says until when bulk work waits for Accelo's budget, empty when it does not.
func (a *app) waiting(ctx context.Context, p *program.Program) string {
	connection, err := p.Store.Connection(ctx, a.connection)
	if err != nil {
		return ""
	}
	budget := connection.Budget
	reserve := int(p.Config.Sync.BudgetReserve * float64(budget.Limit))
	if budget.Limit == 0 || budget.Remaining > reserve+1 || budget.Reset.Before(time.Now()) {
		return ""
	}
	return "waiting for Accelo's budget until " + budget.Reset.Local().Format("15:04:05")
}

// paintBar draws a progress bar with counts, rate and remaining time.
func (a *app) paintBar() func(store.Progress, string) {
	var bar *progressbar.ProgressBar
	return func(progress store.Progress, waiting string) {
		if bar == nil {
			bar = progressbar.NewOptions(max(progress.Total, 1),
				progressbar.OptionSetWriter(a.diagnostics), progressbar.OptionSetDescription("reading both sides"),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"),
				progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
				progressbar.OptionFullWidth(), progressbar.OptionUseANSICodes(true))
		}
		description := "reading both sides"
		if progress.Phase == flow.PhaseImporting {
			description = fmt.Sprintf("importing: %d calls to Accelo", progress.AcceloCalls)
		}
		if waiting != "" {
			description = waiting
		}
		bar.Describe(description)
		bar.ChangeMax(max(progress.Total, 1))
		_ = bar.Set(progress.Done) // what cannot be drawn is no reason to stop
	}
}

func (a *app) paintPlain(progress store.Progress, waiting string) {
	if waiting != "" {
		waiting = "; " + waiting
	}
	fmt.Fprintf(a.diagnostics, "%d of %d records done, %d calls to Accelo%s\n", progress.Done, progress.Total, progress.AcceloCalls, waiting)
}

// escapeID makes a workflow id, which has slashes, part of a URL.
func escapeID(id string) string {
	return url.PathEscape(id)
}
