package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

// sendTestAlert waits a while for the result, which the page then shows step by step.
func (p *Pages) sendTestAlert(ctx context.Context, b press) (string, error) {
	result, err := p.operations.SendTestAlert(ctx, b.Actor, b.Connection.Connection)
	switch {
	case err != nil:
		return "", err
	case result.State == flow.TestPassed:
		return "The test alert passed.", nil
	case result.State == flow.TestRunning:
		return result.Text, nil
	}
	return "", &operate.ConflictError{Reason: "the test alert failed; the steps above say where and what to do"}
}

// testAlertView is the last test alert.
type testAlertView struct {
	Passed          bool
	WorkflowID, UID string
	FinishedAt      time.Time
	// PassedAt is when a test last passed; nil if none has.
	PassedAt *time.Time
	// Lines are its steps, or why it could not begin.
	Lines []string
}

// lastTestAlert returns nil if there was none.
func (p *Pages) lastTestAlert(ctx context.Context, connection string) (*testAlertView, error) {
	last, err := p.store.LastTestAlert(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	view := &testAlertView{FinishedAt: last.FinishedAt, PassedAt: last.PassedAt}
	var result flow.TestAlertResult
	if err := json.Unmarshal(last.Result, &result); err != nil {
		result.Text = "This result was saved by a different version and can't be displayed."
	}
	view.Passed, view.WorkflowID, view.UID = result.State == flow.TestPassed, result.WorkflowID, result.UID
	for _, step := range result.Steps {
		view.Lines = append(view.Lines, fmt.Sprintf("%s (%.1f s).", step.Text, step.Seconds))
	}
	if len(view.Lines) == 0 {
		view.Lines = []string{result.Text}
	}
	return view, nil
}
