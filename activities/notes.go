package activities

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

// Objects of Accelo that notes are written against and links lead to, as its API names them.
const (
	companyObject = "company"
	assetObject   = "asset"
	requestObject = "request"
)

// noteOnce writes a note, whoever else may be at it or has been. The key says what the note is about; another note of the same key is
// not written.
func (a *Activities) noteOnce(ctx context.Context, c tenant.Connection, key string, note accelo.Note) error {
	_, _, err := a.store.Ensure(ctx, noteCreation(c, key, note))
	return err
}

// noteCreation writes a note, once: Accelo would take it again.
func noteCreation(c tenant.Connection, key string, note accelo.Note) store.Creation {
	return store.Creation{
		Key:      store.Key{Connection: c.Name, Kind: store.Notes, NinjaID: key},
		Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if !doubt {
				return nil, nil
			}
			notes, err := c.Accelo.Notes(ctx, note.AgainstType, note.AgainstID)
			if err != nil {
				return nil, fmt.Errorf("look for the note: %w", err)
			}
			// By its body, which tells what it is about; Accelo may have changed white space.
			at := slices.IndexFunc(notes, func(earlier accelo.Note) bool { return rules.CleanName(earlier.Body) == rules.CleanName(note.Body) })
			if at < 0 {
				return nil, nil
			}
			return &store.Link{AcceloID: int64(notes[at].ID)}, nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			made, err := c.Accelo.CreateNote(accelo.WithDeadlineGuard(ctx, deadline), note)
			if err != nil {
				return nil, fmt.Errorf("write a note on %s %d: %w", c.Labels().Object(note.AgainstType), note.AgainstID, err)
			}
			return &store.Link{AcceloID: int64(made.ID)}, nil
		},
	}
}
