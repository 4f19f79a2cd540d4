package activities

import (
	"context"
	"fmt"
	"slices"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// noteDifferences says on a record, once for each difference, that a person's value is kept there, and returns them marked as
// noted as far as that came. The differences stay with the link, so that no later run says it again; a note of the same words
// that is there already, as after a crash, does as well.
func (a *Activities) noteDifferences(
	ctx context.Context, c Connection, object string, id int64, differences []rules.Difference,
) ([]rules.Difference, error) {
	if rules.Unnoted(differences) == 0 {
		return differences, nil
	}
	differences = slices.Clone(differences)
	notes, err := c.Accelo.Notes(ctx, object, accelo.ID(id))
	if err != nil {
		return differences, fmt.Errorf("read the notes on %s %d: %w", c.words().Object(object), id, err)
	}
	for i, difference := range differences {
		if difference.Noted {
			continue
		}
		field := c.words().Field(difference.Field)
		note := accelo.Note{AgainstType: object, AgainstID: accelo.ID(id), Subject: difference.Subject(field), Body: difference.Body(field)}
		if !has(notes, note) {
			if err := a.note(ctx, c, note); err != nil {
				return differences, err
			}
		}
		differences[i].Noted = true
	}
	return differences, nil
}

// settled tells that a link says already what was found: nothing is left to be saved, and nothing to be noted.
func settled(link *store.Link, found []rules.Difference) bool {
	if link == nil {
		return len(found) == 0
	}
	return slices.EqualFunc(found, link.Differences, func(now, known rules.Difference) bool { return known.Noted && now.Same(known) })
}
