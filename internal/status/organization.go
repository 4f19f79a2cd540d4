package status

import (
	"cmp"
	"fmt"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// HowMatched says how an organization got its company, or why it has none, in the deployment's words.
func HowMatched(o store.ListedOrganization, labels store.Labels) string {
	switch {
	case o.Problem != "":
		return "Failed: " + o.Problem
	case !o.Sync && !o.Linked():
		return "Switched off"
	case o.ChosenID != 0:
		return fmt.Sprintf("%s, by %s", o.ChosenWhy, o.ChosenBy)
	case o.ProposedID != 0:
		return "Proposed: " + o.ProposedWhy
	case !o.Linked():
		return cmp.Or(o.ProposedWhy, "Not linked yet")
	case o.Actor != "":
		return "Chosen by " + o.Actor
	case o.ChosenBy != "":
		return fmt.Sprintf("%s, confirmed by %s", o.ChosenWhy, o.ChosenBy)
	case o.Matched == rules.Created:
		return cmp.Or(labels.Company.SingularTitle, "Company") + " created by the sync"
	case o.Matched == rules.Matched:
		return "Same name"
	}
	return "Not recorded"
}
