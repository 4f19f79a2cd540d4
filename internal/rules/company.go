package rules

import (
	"cmp"
	"maps"
	"slices"
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
	// Learned holds the fields whose baseline this reading changes: it shows how Accelo stores what we wrote, or both sides agree again.
	Learned Baseline
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
	decision := CompanyDecision{Action: NoChange, Company: candidates[0]}
	organization = organization.Completed(baseline)
	decision.Name = decision.compare(NameKeyField, baseline, organization.CompanyName())
	decision.Comments = decision.compare(CommentsField, baseline, organization.Description)
	if decision.Name != nil || decision.Comments != nil {
		decision.Action = Update
	}
	return decision
}

// compare compares one field, records what the comparison shows, and returns the value to write, nil for none. A field that the reading
// does not contain is left alone.
func (d *CompanyDecision) compare(field string, baseline Baseline, ninja string) *string {
	accelo, known := d.Company.value(field)
	if empty := (Value{Ninja: baseline[field].Ninja}); !known && baseline[field] != empty { // an empty field may be absent
		return nil
	}
	result := baseline[field].compare(TextField, ninja, accelo)
	if result.manual {
		d.ManualChanges = append(d.ManualChanges, ManualChange{Field: field, Accelo: accelo, Ninja: ninja})
	}
	if result.now != baseline[field] {
		d.Learned = d.Learned.with(field, result.now)
	}
	if result.write {
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

// CompanyBaseline returns the baseline after a company was created, matched or updated. Shown is the company as Accelo showed it last: in
// the reply to the write, or in the reading if nothing was written.
func CompanyBaseline(organization Organization, before Baseline, shown Company, decision CompanyDecision) Baseline {
	after := before.Clone()
	maps.Copy(after, decision.Learned)
	record := func(field, ninja string, wrote bool) {
		accelo, known := shown.value(field)
		switch {
		case wrote && known:
			after[field] = after[field].written(TextField, ninja, &accelo)
		case wrote:
			after[field] = after[field].written(TextField, ninja, nil)
		case before == nil:
			after[field] = Value{Ninja: ninja, Accelo: accelo}
		}
	}
	created := decision.Action == Create
	record(NameKeyField, organization.CompanyName(), created || decision.Name != nil)
	record(CommentsField, organization.Description, created || decision.Comments != nil)
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
