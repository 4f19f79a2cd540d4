package activities

import (
	"context"
	"fmt"
	"slices"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
)

// Objects of Accelo that notes are written against and links lead to, as its API names them.
const (
	companyObject = "company"
	assetObject   = "asset"
	requestObject = "request"
)

// noteOnce writes a note; where it is an attempt again, it first looks whether an earlier one went through.
func (a *Activities) noteOnce(ctx context.Context, c Connection, again bool, note accelo.Note) error {
	if again {
		return a.noteUnlessThere(ctx, c, note)
	}
	return a.note(ctx, c, note)
}

// noteUnlessThere writes a note unless the object has it already.
func (a *Activities) noteUnlessThere(ctx context.Context, c Connection, note accelo.Note) error {
	notes, err := c.Accelo.Notes(ctx, note.AgainstType, note.AgainstID)
	if err != nil {
		return fmt.Errorf("look for the note: %w", err)
	}
	if has(notes, note) {
		return nil
	}
	return a.note(ctx, c, note)
}

// has tells whether a note of the same words is among those of an object; Accelo may have changed white space.
func has(notes []accelo.Note, note accelo.Note) bool {
	return slices.ContainsFunc(notes, func(earlier accelo.Note) bool {
		return earlier.Subject == note.Subject && rules.CleanName(earlier.Body) == rules.CleanName(note.Body)
	})
}

func (a *Activities) note(ctx context.Context, c Connection, note accelo.Note) error {
	if _, err := c.Accelo.CreateNote(ctx, note); err != nil {
		return fmt.Errorf("write a note on %s %d: %w", c.words().Object(note.AgainstType), note.AgainstID, err)
	}
	return nil
}
