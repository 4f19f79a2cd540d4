package rules

import (
	"cmp"
	"slices"
	"strings"
)

// CompanyDecision is what to do about one organization.
type CompanyDecision struct {
	Action Action
	// Company is the one to link to (Match), or the linked one as the listing showed it.
	Company Company
	// Name and Comments are the values to write, nil where nothing is to be written.
	Name, Comments *string
	// ManualChanges are the fields that a person changed; they are kept.
	ManualChanges []ManualChange
	// Ambiguous are the ids of every company of that name, where there are several.
	Ambiguous []int64
}

// DecideCompany compares an organization with what was last written of it and with its company as Accelo shows it now.
// A nil written means that the organization is not linked yet: then candidates are searched for its name.
// A linked organization passes its company as the only candidate; with none, nobody
// knows what a person has made of it, and nothing is written.
func DecideCompany(organization Organization, written Baseline, candidates []Company) CompanyDecision {
	if written == nil {
		return matchCompany(organization, candidates)
	}
	current := Company{Name: written[NameKeyField].Accelo, Comments: written[CommentsField].Accelo}
	if len(candidates) == 0 {
		return CompanyDecision{Action: NoChange, Company: current}
	}
	current = candidates[0]
	decision := CompanyDecision{Action: NoChange, Company: current}
	name, comments := organization.CompanyName(), organization.Description
	if sameText(current.Comments, written[CommentsField].Accelo) {
		current.Comments = written[CommentsField].Accelo
	}
	decision.Name = decision.field(NameKeyField, written, name, current.Name)
	decision.Comments = decision.field(CommentsField, written, comments, current.Comments)
	if decision.Name != nil || decision.Comments != nil {
		decision.Action = Update
	}
	return decision
}

// sameText tells whether two texts differ in nothing but their line ends, which Accelo may change on its own (contract
// accelo 12).
func sameText(a, b string) bool {
	return strings.ReplaceAll(a, "\r\n", "\n") == strings.ReplaceAll(b, "\r\n", "\n")
}

func (d *CompanyDecision) field(name string, written Baseline, ninja, accelo string) *string {
	write, kept := merge(written[name], ninja, accelo)
	if kept {
		d.ManualChanges = append(d.ManualChanges, ManualChange{Field: name, Accelo: accelo, Ninja: ninja})
	}
	if write {
		return &ninja
	}
	return nil
}

// matchCompany looks for the organization's company: the active one of the same name with the lowest id
// (contract accelo 4.8).
func matchCompany(organization Organization, candidates []Company) CompanyDecision {
	var same []Company
	for _, company := range candidates {
		if SameName(organization.CompanyName(), Truncate(CleanName(company.Name), MaxName)) {
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

func inactive(company Company) int {
	if company.Standing == "active" {
		return 0
	}
	return 1
}

// CompanyBaseline is what is known of an organization's company after it was created, matched or updated.
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

// CompanyFollowed is what is known of an organization's company after people have merged it into another one. Where that bears
// the organization's name, it is as if it had been matched; else its name and comments are a person's, and stay.
func BaselineAfterMerge(organization Organization, before Baseline, survivor Company) Baseline {
	if !SameName(organization.CompanyName(), survivor.Name) {
		return before.Clone()
	}
	return CompanyBaseline(organization, nil, survivor, CompanyDecision{Action: Match})
}
