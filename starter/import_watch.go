package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/schollz/progressbar/v3"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

const (
	// barInterval is how often the progress bar moves, plainInterval how often a line is printed without a terminal.
	barInterval   = 500 * time.Millisecond
	plainInterval = 10 * time.Second
)

// watch shows the progress of an import and returns its result. A cancelled import has a result too.
func (a *app) watch(ctx context.Context, p *program.Program, started operate.Import) (flow.ImportResult, error) {
	watching, stop := context.WithCancel(ctx)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		a.showProgress(watching, p, started.ID)
	}()
	var result flow.ImportResult
	err := started.Run.Get(ctx, &result)
	stop()
	<-shown
	var cancelled *temporal.CanceledError
	switch {
	case errors.As(err, &cancelled) && cancelled.HasDetails():
		return result, cancelled.Details(&result)
	case err != nil && gaveUp(ctx, err):
		return result, fmt.Errorf("stopped watching; %s continues. Run the same command again to follow it", started.Run.GetID())
	case err != nil:
		return result, fmt.Errorf("the import failed: %w", rootCause(err))
	}
	return result, nil
}

// gaveUp reports whether waiting for a workflow failed because the command's own time ended. The deadline of a
// call may pass a moment before that of its context.
func gaveUp(ctx context.Context, err error) bool {
	var deadline *serviceerror.DeadlineExceeded
	return ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &deadline)
}

// rootCause returns the message of a failed workflow without Temporal's wrapping.
func rootCause(err error) error {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return errors.New(application.Message())
	}
	return err
}

func (a *app) showProgress(ctx context.Context, p *program.Program, importID string) {
	interval, paint := plainInterval, a.paintPlain
	if a.interactive() {
		interval, paint = barInterval, a.paintBar()
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
			continue // the run has not begun, or the database is down; the result does not depend on it
		}
		paint(progress, a.budgetWait(ctx, p))
	}
}

// budgetWait says until when the import waits for Accelo's budget. It is empty if it does not wait.
func (a *app) budgetWait(ctx context.Context, p *program.Program) string {
	connection, err := p.Tenants.Connection(ctx, a.connection)
	if err != nil {
		return ""
	}
	return budgetWaitText(connection.Budget, connection.Options.BudgetReserve, time.Now())
}

func budgetWaitText(budget store.Budget, reserve float64, now time.Time) string {
	reserved := int(reserve * float64(budget.Limit))
	if budget.Limit == 0 || budget.Remaining > reserved+1 || budget.Reset.Before(now) {
		return ""
	}
	return "waiting for Accelo's API budget until " + budget.Reset.Local().Format(time.TimeOnly)
}

// paintBar draws a progress bar with the count, the rate and the remaining time.
func (a *app) paintBar() func(store.Progress, string) {
	var bar *progressbar.ProgressBar
	return func(progress store.Progress, waiting string) {
		if bar == nil {
			bar = progressbar.NewOptions(max(progress.Total, 1),
				progressbar.OptionSetWriter(a.stderr),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"),
				progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
				progressbar.OptionFullWidth(), progressbar.OptionUseANSICodes(true))
		}
		bar.Describe(cmp.Or(waiting, phaseText(progress)))
		bar.ChangeMax(max(progress.Total, 1))
		_ = bar.Set(progress.Done) // the import goes on even if the bar can't be drawn
	}
}

func phaseText(progress store.Progress) string {
	switch progress.Phase {
	case flow.PhaseImporting, flow.PhaseDone:
		return "importing: " + rules.Count(int(progress.AcceloCalls), "call") + " to Accelo"
	case flow.PhaseComparing:
		return "comparing"
	}
	return "reading NinjaOne and Accelo"
}

func (a *app) paintPlain(progress store.Progress, waiting string) {
	text := fmt.Sprintf("%d of %s; %s", progress.Done, rules.Count(progress.Total, "record"), phaseText(progress))
	if waiting != "" {
		text += "; " + waiting
	}
	fmt.Fprintln(a.stderr, text)
}

// escapeID escapes a workflow ID, which contains slashes, for a URL.
func escapeID(id string) string { return url.PathEscape(id) }
