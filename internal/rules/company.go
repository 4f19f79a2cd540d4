package rules

import (
	"cmp"
	"slices"
	"strings"
)

// CompanyDecision is what to do about one organization.
type CompanyDecision struct {
	Action Action
	// Company is the company to link to (Match), or the linked company as a listing showed it.
	Company Company
	// Name and Comments are the values to write, nil for none.
	Name, Comments *string
	// ManualChanges are the fields that someone changed in Accelo. They are left alone.
	ManualChanges []ManualChange
	// Ambiguous lists the ids of all companies with the organization's name if there are several.
	Ambiguous []int64
}

// DecideCompany decides what to do about an organization. Without a baseline the organization is not linked, and candidates are searched
// for its name. For a linked organization, the only candidate is its company; without it, the company's current values are unknown and
// nothing is written.
func DecideCompany(organization Organization, baseline Baseline, candidates []Company) CompanyDecision {
	if baseline == nil {
		return matchCompany(organization, candidates)
	}
	current := Company{Name: baseline[NameKeyField].Accelo, Comments: baseline[CommentsField].Accelo}
	if len(candidates) == 0 {
		return CompanyDecision{Action: NoChange, Company: current}
	}
	current = candidates[0]
	decision := CompanyDecision{Action: NoChange, Company: current}
	name, comments := organization.CompanyName(), organization.Description
	if sameText(current.Comments, baseline[CommentsField].Accelo) {
		current.Comments = baseline[CommentsField].Accelo
	}
	decision.Name = decision.compare(NameKeyField, baseline, name, current.Name)
	decision.Comments = decision.compare(CommentsField, baseline, comments, current.Comments)
	if decision.Name != nil || decision.Comments != nil {
		decision.Action = Update
	}
	return decision
}

// sameText reports whether two texts differ only in their line endings, which Accelo may change (accelo.md 12).
func sameText(a, b string) bool {
	return strings.ReplaceAll(a, "\r\n", "\n") == strings.ReplaceAll(b, "\r\n", "\n")
}

// compare compares one field, records a manual change, and returns the value to write, nil for none.
func (d *CompanyDecision) compare(name string, baseline Baseline, ninja, accelo string) *string {
	write, manual := merge(baseline[name], ninja, accelo)
	if manual {
		d.ManualChanges = append(d.ManualChanges, ManualChange{Field: name, Accelo: accelo, Ninja: ninja})
	}
	if write {
		return &ninja
	}
	return nil
}

// matchCompany finds the organization's company by name. Among several, it takes the one with the lowest id, active ones first
// (accelo.md 4.8).
func matchCompany(organization Organization, candidates []Company) CompanyDecision {
	var same []Company
	for _, company := range candidates {
		if SameName(organization.CompanyName(), company.Name) {
			same = append(same, company)
		}
	}
	if len(same) == 0 {
		return CompanyDecision{Action: Create}
	}
	slices.SortFunc(same, func(a, b Company) int {
		return cmp.Or(cmp.Compare(inactive(a), inactive(b)), cmp.Compare(a.ID, b.ID))
	})
	decision := CompanyDecision{Action: Match, Company: same[0]}
	if len(same) > 1 {
		for _, company := range same {
			decision.Ambiguous = append(decision.Ambiguous, company.ID)
		}
	}
	return decision
}

// inactive is 1 for a company that is not active, for sorting.
func inactive(company Company) int {
	if company.Standing == "active" {
		return 0
	}
	return 1
}

// CompanyBaseline returns the baseline after a company was created, matched or updated.
func CompanyBaseline(organization Organization, before Baseline, current Company, decision CompanyDecision) Baseline {
	after := before.Clone()
	record := func(field, ninja, accelo string, wrote bool) {
		switch {
		case wrote:
			after[field] = Value{Ninja: ninja, Accelo: ninja}
		case before == nil, ninja == accelo:
			after[field] = Value{Ninja: ninja, Accelo: accelo}
		}
	}
	created := decision.Action == Create
	record(NameKeyField, organization.CompanyName(), current.Name, created || decision.Name != nil)
	record(CommentsField, organization.Description, current.Comments, created || decision.Comments != nil)
	return after
}

// BaselineAfterMerge returns the baseline after users merged an organization's company into another one. If that has the organization's
// name, it is the baseline of a fresh match; otherwise its name and comments count as manual changes.
func BaselineAfterMerge(organization Organization, before Baseline, survivor Company) Baseline {
	if !SameName(organization.CompanyName(), survivor.Name) {
		return before.Clone()
	}
	return CompanyBaseline(organization, nil, survivor, CompanyDecision{Action: Match})
}
