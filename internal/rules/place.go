package rules

import (
	"slices"
	"strconv"
)

// Place is where an asset belongs: a company, and the affiliation of the person to ask there, 0 where there is none.
type Place struct{ Company, Affiliation int64 }

// PlaceDecision is what to do about where an asset belongs.
type PlaceDecision struct {
	// Look tells that the device has moved and that the asset has to be read before more can be said.
	ReadAsset bool
	// Move tells that the asset has to be moved to the place.
	Move bool
	// Baseline is what is known of the record now; Learned tells that this is more than before.
	Baseline        Baseline
	BaselineChanged bool
	// ManualChanges are what a person, or an API that moves no assets, has made otherwise; it is kept.
	ManualChanges []ManualChange
}

// DecidePlace compares where a device belongs with where its asset is. The asset follows a device that moved, unless a person
// has put the asset elsewhere, or it was refused before, which the differences known so far tell. A contact that a person
// chose stays. A nil current says nothing about the asset; a place without a company says nothing about the device.
func DecidePlace(place Place, written Baseline, current *Asset, known []ManualChange) PlaceDecision {
	base, recorded := written[CompanyField]
	ninja := idText(place.Company)
	unseen := PlaceDecision{Baseline: written, ManualChanges: placeDifferences(known)}
	switch {
	case place.Company == 0:
		return unseen
	case current == nil:
		unseen.ReadAsset = recorded && base.Ninja != ninja && !slices.ContainsFunc(known, func(d ManualChange) bool {
			return d.Field == CompanyField && d.Ninja == ninja
		})
		return unseen
	}
	accelo := idText(current.CompanyID)
	if accelo == ninja || !recorded {
		return decideContact(ninja, accelo, written, *current)
	}
	decision := PlaceDecision{Baseline: written}
	difference := ManualChange{Field: CompanyField, Accelo: accelo, Ninja: ninja}
	write, kept := merge(base, ninja, accelo)
	refused := slices.ContainsFunc(known, difference.Same)
	decision.Move = write && !refused
	if kept || write && refused {
		decision.ManualChanges = []ManualChange{difference}
	}
	return decision
}

// decideContact compares the contact of an asset that is where it belongs. In a company that is new to it, the contact is the
// one to begin with.
func decideContact(ninja, accelo string, written Baseline, current Asset) PlaceDecision {
	decision := PlaceDecision{Baseline: written.Clone()}
	if here := (Value{Ninja: ninja, Accelo: accelo}); written[CompanyField] != here {
		decision.BaselineChanged = true
		decision.Baseline[CompanyField] = here
		if written[CompanyField].Accelo != accelo {
			delete(decision.Baseline, AffiliationField)
		}
	}
	base, recorded := decision.Baseline[AffiliationField]
	contact := idText(current.Affiliation)
	switch {
	case !recorded && contact != "":
		decision.BaselineChanged = true
		decision.Baseline[AffiliationField] = Value{Ninja: contact, Accelo: contact}
	case recorded && contact != base.Accelo:
		decision.ManualChanges = []ManualChange{{Field: ContactField, Accelo: contact, Ninja: base.Ninja}}
	}
	return decision
}

// RecordPlace notes in w that an asset is in a company, and which affiliation it has; a 0 tells nothing.
func (w Baseline) RecordPlace(company, affiliation int64) {
	if id := idText(company); id != "" {
		w[CompanyField] = Value{Ninja: id, Accelo: id}
	}
	if id := idText(affiliation); id != "" {
		w[AffiliationField] = Value{Ninja: id, Accelo: id}
	}
}

func placeDifferences(known []ManualChange) []ManualChange {
	return slices.DeleteFunc(slices.Clone(known), func(d ManualChange) bool { return d.Field != CompanyField && d.Field != ContactField })
}

func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// Place is where w says that the asset is; 0 where it does not tell.
func (w Baseline) Place() (company, affiliation int64) {
	return idNumber(w[CompanyField].Accelo), idNumber(w[AffiliationField].Accelo)
}

func idNumber(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}
