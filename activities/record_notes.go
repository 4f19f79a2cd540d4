package activities

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// noteDifferences says on a record, once for each difference, that a person's value is kept there, and returns them marked as
// noted as far as that came. The differences stay with the link, so that no later run says it again.
func (a *Activities) noteDifferences(
	ctx context.Context, c tenant.Connection, object string, id int64, differences []rules.ManualChange,
) ([]rules.ManualChange, error) {
	if rules.CountUnnoted(differences) == 0 {
		return differences, nil
	}
	differences = slices.Clone(differences)
	for i, difference := range differences {
		if difference.Noted {
			continue
		}
		field := c.Labels().Field(difference.Field)
		note := accelo.Note{AgainstType: object, AgainstID: accelo.ID(id), Subject: difference.Subject(field), Body: difference.Body(field)}
		values := sha256.Sum256([]byte(difference.Accelo + "\x00" + difference.Ninja))
		key := fmt.Sprintf("%s of %s %d kept: %x", difference.Field, object, id, values[:8])
		if err := a.noteOnce(ctx, c, key, note); err != nil {
			return differences, err
		}
		differences[i].Noted = true
	}
	return differences, nil
}

// settled tells that a link says already what was found: nothing is left to be saved, and nothing to be noted.
func settled(link *store.Link, found []rules.ManualChange) bool {
	if link == nil {
		return len(found) == 0
	}
	return slices.EqualFunc(found, link.ManualChanges, func(now, known rules.ManualChange) bool { return known.Noted && now.Same(known) })
}
