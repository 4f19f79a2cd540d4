// Package note writes notes on Accelo's objects, each exactly once.
//
// It decides nothing: the caller says what a note is about and what it says. It may not import Temporal or other domain
// packages than tenant.
package note

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// The object types that notes are written against, as Accelo's API names them.
const (
	Company = "company"
	Asset   = "asset"
	Request = "request"
)

// Once writes a note unless a note with the same key was written before. The key says what the note is about. Concurrent
// callers write it once.
func Once(ctx context.Context, database *store.Store, c tenant.Connection, key string, note accelo.Note) error {
	_, _, err := database.Ensure(ctx, Creation(c, key, note))
	return err
}

// Creation returns the creation of a note, for callers that write it as part of another transaction.
func Creation(c tenant.Connection, key string, note accelo.Note) store.Creation {
	return store.Creation{
		Key:      store.Key{Connection: c.Name, Kind: store.Notes, NinjaID: key},
		Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
			if doubt == nil {
				return nil, nil
			}
			notes, err := c.Accelo.Notes(ctx, note.AgainstType, note.AgainstID)
			if err != nil {
				return nil, fmt.Errorf("look for the note: %w", err)
			}
			at := slices.IndexFunc(notes, func(earlier accelo.Note) bool {
				return rules.TextField.MayBecome(note.Subject, earlier.Subject) && rules.TextField.MayBecome(note.Body, earlier.Body)
			})
			if at < 0 {
				return nil, nil
			}
			return &store.Link{AcceloID: int64(notes[at].ID)}, nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			created, err := c.Accelo.CreateNote(accelo.WithDeadlineGuard(ctx, deadline), note)
			if err != nil {
				return nil, fmt.Errorf("write a note on %s %d: %w", c.Labels().Object(note.AgainstType), note.AgainstID, err)
			}
			return &store.Link{AcceloID: int64(created.ID)}, nil
		},
	}
}
