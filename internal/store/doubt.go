package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Doubtful is an earlier create whose outcome nobody knows. What it made may have been changed by a person since.
type Doubtful struct {
	// Since is when the record was first claimed, by the database's clock: what was created before is not its object.
	Since time.Time
	// Sent is the baseline of what the create sent, empty if that isn't known.
	Sent rules.Baseline
}

// AsSent returns a link to the object of the create with what that sent as its baseline, if it is known: the record may have changed since.
func (d *Doubtful) AsSent(link *Link) *Link {
	if len(d.Sent) > 0 {
		link.Baseline = d.Sent
	}
	return link
}

func (c claim) doubtful() *Doubtful {
	if !c.doubt {
		return nil
	}
	return &Doubtful{Since: c.since, Sent: c.sent}
}

// UnfinishedMatchKeys returns the match keys of the other records of a kind whose create is under way or in doubt.
func (s *Store) UnfinishedMatchKeys(ctx context.Context, key Key) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT match_key FROM links WHERE connection = $1 AND kind = $2 AND ninja_id <> $3
		AND state IN ('claimed', 'doubt')`, key.Connection, key.Kind, key.NinjaID)
	if err != nil {
		return nil, fmt.Errorf("read unfinished creates: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read unfinished creates: %w", err)
	}
	unfinished := make(map[string]bool, len(keys))
	for _, each := range keys {
		unfinished[each] = true
	}
	return unfinished, nil
}

// EndDoubt records a user's word that no earlier create has made the record's object, so that the next sync creates it. It returns
// ErrNotFound if there is no doubt, and a *HeldError as long as a create may still be under way.
func (s *Store) EndDoubt(ctx context.Context, key Key, actor string) error {
	return s.correct(ctx, key, actor, nil, func(tx pgx.Tx, now *Link) error {
		if now == nil || now.State != Doubt {
			return ErrNotFound
		}
		return dropLink(ctx, tx, key)
	})
}
