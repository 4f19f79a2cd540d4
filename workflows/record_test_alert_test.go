//go:build record

package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

func recordTestAlert(t *testing.T, record recorder) {
	unreachable := temporal.NewNonRetryableApplicationError("it redirects", activities.Refused, nil)
	for name, script := range map[string]testScript{
		"passed":             {},
		"not-ready":          {prepare: unreachable},
		"no-request":         {opened: &activities.TestAlertAwaitResult{}},
		"nothing-delivered":  {deliver: unreachable, resetDelivery: unreachable, ended: &activities.TestAlertAwaitResult{Ended: true}},
		"reset-undelivered":  {resetDelivery: unreachable},
		"close-not-finished": {ended: &activities.TestAlertAwaitResult{RequestID: 31}},
	} {
		fake := newFakeActivities(0)
		fake.test = script
		s := newServer(t, fake)
		run, err := s.launcher().TestAlert(t.Context(), "default", testInput.UID)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), serverTimeout)
		var result flow.TestAlertResult
		require.NoError(t, run.Get(ctx, &result))
		cancel()
		t.Log(name, result.Text)
		record.keep(s, "test-alert-"+name, run.GetID(), "")
	}
}
