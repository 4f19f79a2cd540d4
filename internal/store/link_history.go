package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// LinkEvent is one change of a link. A database trigger records it.
type LinkEvent struct {
	At time.Time `json:"at"`
	// Actor is the user's command that made the change; empty for a workflow.
	Actor string `json:"actor,omitempty"`
	// WorkflowID and ImportID name the import that made the change and its run; empty if none did.
	WorkflowID string        `json:"workflow_id,omitempty"`
	ImportID   string        `json:"import_id,omitempty"`
	Outcome    rules.Outcome `json:"outcome,omitempty"`
	// State and AcceloID are the values after the change.
	State    State `json:"state"`
	AcceloID int64 `json:"accelo_id"`
	// Changes are the values written or adopted, by field, truncated to 500 characters.
	Changes map[string]FieldChange `json:"changes"`
}

// FieldChange is a field's value before and after a change.
type FieldChange struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// LinkHistory returns the changes of a record's link, the newest first. A change names an import only if it happened while that import
// ran, because a link keeps the id of the last import that wrote to it.
func (s *Store) LinkHistory(ctx context.Context, key Key) ([]LinkEvent, error) {
	rows, err := s.pool.Query(ctx, `SELECT e.at, e.actor, e.state, e.accelo_id, e.changes,
			CASE WHEN by_import THEN coalesce(i.workflow_id, '') ELSE '' END AS workflow_id,
			CASE WHEN by_import THEN e.import_id ELSE '' END AS import_id, CASE WHEN by_import THEN e.outcome ELSE '' END AS outcome
		FROM link_events e LEFT JOIN imports i ON i.id = e.import_id
			CROSS JOIN LATERAL (SELECT i.finished_at IS NULL OR e.at <= i.finished_at AS by_import) t
		WHERE e.connection = $1 AND e.kind = $2 AND e.ninja_id = $3 ORDER BY e.id DESC`, key.Connection, key.Kind, key.NinjaID)
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", key.Kind, key.NinjaID, err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByName[LinkEvent])
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", key.Kind, key.NinjaID, err)
	}
	return events, nil
}
