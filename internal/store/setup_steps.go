package store

import (
	"context"
	"fmt"
)

// SetupSteps are the steps of setting a connection up that leave their traces in our rows.
type SetupSteps struct {
	// Reviewed means that someone confirmed a match, chose or switched off an organization, or that an import of everything finished.
	Reviewed bool
	// Previewed means that a plan, or an import of everything, finished.
	Previewed bool
	// Tested means that a test alert passed.
	Tested bool
}

// SetupSteps returns the steps that were taken with the connection's pair of accounts. Imports are those of a workflow id.
func (s *Store) SetupSteps(ctx context.Context, connection, workflowID string) (steps SetupSteps, err error) {
	const finished = `SELECT FROM imports WHERE connection = $1 AND workflow_id = $2 AND finished_at IS NOT NULL
		AND coalesce(result ->> 'cancelled', 'false') <> 'true'`
	err = s.pool.QueryRow(ctx, `SELECT
			EXISTS (SELECT FROM organizations WHERE connection = $1 AND (NOT sync OR company_id <> 0 OR affiliation_id <> 0 OR chosen_by <> ''))
				OR EXISTS (SELECT FROM link_events WHERE connection = $1 AND kind = 'organization' AND actor <> '')
				OR EXISTS (`+finished+` AND NOT plan),
			EXISTS (`+finished+`), EXISTS (SELECT FROM test_alerts WHERE connection = $1 AND passed_at IS NOT NULL)`, connection, workflowID).
		Scan(&steps.Reviewed, &steps.Previewed, &steps.Tested)
	if err != nil {
		return steps, fmt.Errorf("read how far connection %s is set up: %w", connection, err)
	}
	return steps, nil
}
