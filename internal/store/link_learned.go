package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Learned is what a reading showed about the baseline of a linked record, without anything to write.
type Learned struct {
	// Link is the link that the reading was compared with.
	Link Link
	// Fields are the parts of the baseline that change.
	Fields rules.Baseline
}

// SaveLearned stores what readings showed. A link that has changed since the comparison stays as it is: the next reading is compared with
// the new one.
func (s *Store) SaveLearned(ctx context.Context, learned []Learned) error {
	if len(learned) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, one := range learned {
		batch.Queue(`UPDATE links SET written = written || $4 WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'linked'
			AND accelo_id = $5 AND xmin::text::bigint = $6`,
			one.Link.Connection, one.Link.Kind, one.Link.NinjaID, one.Fields, one.Link.AcceloID, one.Link.Version)
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save what a reading showed: %w", err)
	}
	return nil
}
