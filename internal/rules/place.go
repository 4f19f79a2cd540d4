package rules

import (
	"slices"
	"strconv"
)

// Place is where an asset belongs: a company, and the affiliation of its contact there, 0 for none.
type Place struct{ Company, Affiliation int64 }

// PlaceDecision is what to do about an asset's place.
type PlaceDecision struct {
	// ReadAsset is set if the device moved and the asset must be read before deciding.
	ReadAsset bool
	// Move is set if the asset must be moved to the place.
	Move bool
	// Baseline is the new baseline; BaselineChanged is set if it differs from the old one.
	Baseline        Baseline
	BaselineChanged bool
	// ManualChanges are the differences that someone made in Accelo, or that its API rejected. They are left alone.
	ManualChanges []ManualChange
}

// DecidePlace decides where a device's asset belongs. The asset follows a device that moved, unless someone moved the asset or Accelo
// rejected the move before; known holds both. A contact that someone chose stays. Current is nil if the asset was not read, and place has
// no company if the device's place is unknown.
func DecidePlace(place Place, baseline Baseline, current *Asset, known []ManualChange) PlaceDecision {
	base, recorded := baseline[CompanyField]
	ninja := idText(place.Company)
	undecided := PlaceDecision{Baseline: baseline, ManualChanges: placeChanges(known)}
	switch {
	case place.Company == 0:
		return undecided
	case current == nil || !current.has(CompanyField):
		undecided.ReadAsset = recorded && base.Ninja != ninja && !slices.ContainsFunc(known, func(c ManualChange) bool {
			return c.Field == CompanyField && c.Ninja == ninja
		})
		return undecided
	}
	accelo := idText(current.CompanyID)
	if accelo == ninja || !recorded {
		return decideContact(ninja, accelo, baseline, *current)
	}
	decision := PlaceDecision{Baseline: baseline}
	change := ManualChange{Field: CompanyField, Accelo: accelo, Ninja: ninja}
	result := base.compare(TextField, ninja, accelo)
	rejected := slices.ContainsFunc(known, change.Same)
	decision.Move = result.write && !rejected
	if result.manual || result.write && rejected {
		decision.ManualChanges = []ManualChange{change}
	}
	return decision
}

// decideContact compares the contact of an asset that is in the right company. After a change of company, the current contact becomes the
// baseline.
func decideContact(ninja, accelo string, baseline Baseline, current Asset) PlaceDecision {
	decision := PlaceDecision{Baseline: baseline.Clone()}
	if here := (Value{Ninja: ninja, Accelo: accelo}); baseline[CompanyField] != here {
		decision.BaselineChanged = true
		decision.Baseline[CompanyField] = here
		if baseline[CompanyField].Accelo != accelo {
			delete(decision.Baseline, AffiliationField)
		}
	}
	base, recorded := decision.Baseline[AffiliationField]
	contact := idText(current.Affiliation)
	switch {
	case !current.has(AffiliationField):
	case !recorded && contact != "":
		decision.BaselineChanged = true
		decision.Baseline[AffiliationField] = Value{Ninja: contact, Accelo: contact}
	case recorded && contact != base.Accelo:
		decision.ManualChanges = []ManualChange{{Field: ContactField, Accelo: contact, Ninja: base.Ninja}}
	}
	return decision
}

// RecordPlace records an asset's company and affiliation. An id of 0 is unknown and changes nothing.
func (b Baseline) RecordPlace(company, affiliation int64) {
	if id := idText(company); id != "" {
		b[CompanyField] = Value{Ninja: id, Accelo: id}
	}
	if id := idText(affiliation); id != "" {
		b[AffiliationField] = Value{Ninja: id, Accelo: id}
	}
}

// placeChanges returns the changes that concern a place.
func placeChanges(known []ManualChange) []ManualChange {
	return slices.DeleteFunc(slices.Clone(known), func(c ManualChange) bool { return !c.OfPlace() })
}

func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// Place returns the asset's last synced company and affiliation, 0 if unknown.
func (b Baseline) Place() (company, affiliation int64) {
	return idNumber(b[CompanyField].Accelo), idNumber(b[AffiliationField].Accelo)
}

func idNumber(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}
