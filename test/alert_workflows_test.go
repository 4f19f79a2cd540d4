package test

import (
	"net/http"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/lab"
)

// outcome is the result of an alert workflow.
type outcome struct {
	Outcome   flow.Outcome `json:"outcome"`
	RequestID int64        `json:"request_id"`
	Text      string       `json:"text"`
}

// workflowResult waits for a workflow and returns its result.
func (e *alertEnv) workflowResult(workflowID string) outcome {
	e.t.Helper()
	e.ninjaOne.act("deliveries/drain", nil) // the webhook that starts it may still be in flight
	e.accelo.act("deliveries/drain", nil)
	var result outcome
	require.NoError(e.t, e.temporal.GetWorkflow(e.ctx, workflowID, "").Get(e.ctx, &result), workflowID)
	return result
}

// workflowDetails returns the current details of a workflow, as Temporal's UI shows them.
func (e *alertEnv) workflowDetails(workflowID string) string {
	e.t.Helper()
	answer, err := e.temporal.QueryWorkflow(e.ctx, workflowID, "", "__temporal_workflow_metadata")
	require.NoError(e.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(e.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// waitUntilIdle waits until every webhook is delivered, every workflow started by one has ended, and no new webhook follows.
func (e *alertEnv) waitUntilIdle() {
	e.t.Helper()
	for {
		e.ninjaOne.act("deliveries/drain", nil)
		e.accelo.act("deliveries/drain", nil)
		fresh := e.webhooks.recorded(e.awaited)
		if len(fresh) == 0 {
			return
		}
		e.awaited += len(fresh)
		for _, delivery := range fresh {
			if id := delivery.workflow(); id != "" && delivery.status == http.StatusAccepted {
				// Whether the workflow may fail is for the test to check.
				_ = e.temporal.GetWorkflow(e.ctx, id, "").Get(e.ctx, nil)
			}
		}
	}
}

// requireIdle requires that nothing happens any more, and that no call violated the vendors' contracts.
func (e *alertEnv) requireIdle() {
	e.t.Helper()
	e.waitUntilIdle()
	before, deliveries := e.calls(), len(e.webhooks.recorded(0))
	e.waitUntilIdle()
	require.Equal(e.t, before, e.calls())
	require.Len(e.t, e.webhooks.recorded(0), deliveries)
	require.Empty(e.t, e.ninjaOne.violations())
	require.Empty(e.t, e.accelo.violations())
}

// calls returns the calls to both vendors since resetCalls, oldest first, without calls for tokens.
func (e *alertEnv) calls() []string {
	e.t.Helper()
	all := slices.Concat(
		callJSON[[]lab.Call](e.testEnv, http.MethodGet, e.ninjaOne.url+"/_lab/calls", nil),
		callJSON[[]lab.Call](e.testEnv, http.MethodGet, e.accelo.url+"/_lab/calls", nil),
	)
	slices.SortFunc(all, func(a, b lab.Call) int { return a.Time.Compare(b.Time) })
	lines := []string{}
	for _, one := range all {
		if one.Kind != lab.KindAuth {
			lines = append(lines, one.Method+" "+strings.TrimPrefix(lab.NormalizePath(one.Path), "/api/v0"))
		}
	}
	return lines
}

// resetCalls clears both vendors' call logs and counters.
func (e *alertEnv) resetCalls() {
	e.t.Helper()
	e.ninjaOne.resetCounters()
	e.accelo.resetCounters()
}

// deliver sends a recorded webhook to `starter serve` again and returns the HTTP status.
func (e *alertEnv) deliver(sent delivery) int {
	e.t.Helper()
	request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.serveURL, nil)
	require.NoError(e.t, err)
	status, err := sent.post(request, e.serveURL)
	require.NoError(e.t, err)
	return status
}

// deliverAll sends recorded webhooks to `starter serve` at the same time. All must be accepted.
func (e *alertEnv) deliverAll(all ...delivery) {
	e.t.Helper()
	statuses := make(chan int, len(all))
	begin := make(chan struct{})
	for _, sent := range all {
		go func() {
			<-begin
			request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.serveURL, nil)
			if err != nil {
				statuses <- 0
				return
			}
			status, err := sent.post(request, e.serveURL)
			if err != nil {
				status = 0
			}
			statuses <- status
		}()
	}
	close(begin)
	for range all {
		require.Equal(e.t, http.StatusAccepted, <-statuses)
	}
}

// waitForWorkflows waits for workflows that waitUntilIdle does not know, because deliver or deliverAll started them.
func (e *alertEnv) waitForWorkflows(ids ...string) {
	e.t.Helper()
	for _, id := range ids {
		_ = e.temporal.GetWorkflow(e.ctx, id, "").Get(e.ctx, nil)
	}
}
