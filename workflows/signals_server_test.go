//go:build !unit

package workflows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/localtest"
)

// Of the signals that wait while no worker runs, the last one counts, whatever their names and however many there are.
func TestSignalsWhileNoWorkerRuns(t *testing.T) {
	t.Parallel()
	address, namespace := localtest.Temporal(t)
	const pause, resume = flow.PauseSignal, flow.ResumeSignal
	for _, test := range []struct {
		signals []string
		paused  bool
	}{
		{[]string{pause, resume, pause}, true},
		{[]string{pause, resume}, false},
		{[]string{resume, pause}, true},
		{[]string{pause, pause, resume}, false},
		{[]string{pause, resume, resume, pause, resume, pause}, true},
		{[]string{resume, pause, pause, resume}, false},
	} {
		t.Run(strings.Join(test.signals, " "), func(t *testing.T) {
			t.Parallel()
			c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace, Logger: quietLogger()})
			require.NoError(t, err)
			t.Cleanup(c.Close)
			s := &server{Client: c, t: t}
			queue := strings.ReplaceAll(t.Name(), "/", "-")
			in := flow.FullImportInput{Connection: queue}
			run, err := s.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: in.Execution().ID, TaskQueue: queue}, flow.FullImport, in)
			require.NoError(t, err)
			for _, signal := range test.signals {
				require.NoError(t, s.SignalWorkflow(t.Context(), run.GetID(), "", signal, nil))
			}
			fake := newFakeActivities(3)
			s.startWorkerAt(queue, fake)
			s.waitForCall(fake, "ImportCompare")
			if test.paused {
				s.waitUntil(func() bool { return s.progress(run).Phase == flow.PhaseImporting })
				require.True(t, s.progress(run).Paused)
				require.Empty(t, fake.syncedOrganizations(), "a paused import starts no organization")
				require.NoError(t, s.SignalWorkflow(t.Context(), run.GetID(), "", resume, nil))
			}
			_, err = s.waitForImport(run)
			require.NoError(t, err)
			require.Equal(t, oneTo(3), fake.syncedOrganizations())
		})
	}
}

// progress asks an import for its progress.
func (s *server) progress(run client.WorkflowRun) (now flow.Progress) {
	s.t.Helper()
	s.waitUntil(func() bool {
		value, err := s.QueryWorkflow(s.t.Context(), run.GetID(), "", flow.ProgressQuery)
		return err == nil && value.Get(&now) == nil
	})
	return now
}
