package launch

import (
	"context"

	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
)

// TestAlert starts a test alert with a uid from rules.TestAlertUID. It returns a *RunningError if one of the connection is still running.
func (l *Launcher) TestAlert(ctx context.Context, connection, uid string) (client.WorkflowRun, error) {
	return l.start(ctx, flow.TestAlertInput{Connection: connection, UID: uid, Searchable: l.searchable})
}
