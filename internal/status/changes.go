package status

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"ninjaone-accelo/internal/rules"
)

// WriteChanges writes the changes of a plan as CSV: one line per field of a change, and one line for a change without fields.
func WriteChanges(w io.Writer, changes []rules.Change) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"organization_id", "organization", "kind", "ninja_id", "name", "action", "accelo_id", "field", "before", "after", "accelo_calls", "why",
	}}
	for _, change := range changes {
		fields := change.Fields
		if len(fields) == 0 {
			fields = []rules.FieldChange{{}}
		}
		for i, field := range fields {
			calls := ""
			if i == 0 { // the cost belongs to the change, not to each of its fields
				calls = strconv.FormatInt(change.Cost.Accelo, 10)
			}
			rows = append(rows, []string{
				strconv.Itoa(change.OrganizationID), rules.SafeCell(change.Organization), string(change.Kind), rules.SafeCell(change.NinjaID),
				rules.SafeCell(change.Name), string(change.Action), strconv.FormatInt(change.AcceloID, 10), field.Field, rules.SafeCell(field.Before),
				rules.SafeCell(field.After), calls, rules.SafeCell(change.Why),
			})
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the changes as CSV: %w", err)
	}
	return nil
}
