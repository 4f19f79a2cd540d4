package note

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

// ManualChanges writes a note on an object for each manual change that has none yet. It returns the changes with those marked
// as noted that have a note now, also if it fails halfway. The caller stores them, so that no later run notes them again.
func ManualChanges(
	ctx context.Context, database *store.Store, c tenant.Connection, object string, id int64, changes []rules.ManualChange,
) ([]rules.ManualChange, error) {
	if rules.CountUnnoted(changes) == 0 {
		return changes, nil
	}
	changes = slices.Clone(changes)
	for i, change := range changes {
		if change.Noted {
			continue
		}
		field := c.Labels().Field(change.Field)
		note := accelo.Note{AgainstType: object, AgainstID: accelo.ID(id), Subject: change.Subject(field), Body: change.Body(field)}
		if err := Once(ctx, database, c, changeKey(object, id, change), note); err != nil {
			return changes, err
		}
		changes[i].Noted = true
	}
	return changes, nil
}

// changeKey is stored, so its format must not change.
func changeKey(object string, id int64, change rules.ManualChange) string {
	values := sha256.Sum256([]byte(change.Accelo + "\x00" + change.Ninja))
	return fmt.Sprintf("%s of %s %d kept: %x", change.Field, object, id, values[:8])
}

// Recorded reports whether a link already records the manual changes that a comparison found, all of them noted.
func Recorded(link *store.Link, found []rules.ManualChange) bool {
	if link == nil {
		return len(found) == 0
	}
	return slices.EqualFunc(found, link.ManualChanges, func(now, known rules.ManualChange) bool { return known.Noted && now.Same(known) })
}
