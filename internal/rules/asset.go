package rules

import (
	"maps"
	"time"
)

// AssetDecision is what to do about one device.
type AssetDecision struct {
	Action Action
	// Asset is the asset to adopt (Match), or the linked asset as a listing showed it.
	Asset Asset
	// Title is the title to write, nil for none.
	Title *string
	// Fields are the custom field values to write, by field name. An empty value clears the field.
	Fields map[string]string
	// ManualChanges are the fields that someone changed in Accelo. They are left alone.
	ManualChanges []ManualChange
	// Learned holds the fields whose baseline this reading changes: it shows how Accelo stores what we wrote, or both sides agree again.
	Learned Baseline
}

// DecideAsset decides what to do about a device. Without a baseline the device is not linked, and candidate is the asset to adopt, nil if
// there is none. For a linked device, candidate is its asset as a listing showed it, nil if it was not read. Volatile fields
// are written only if the last write is older than refresh.
func DecideAsset(device Device, baseline Baseline, candidate *Asset, lastWrite, now time.Time, refresh time.Duration) AssetDecision {
	if baseline == nil {
		if candidate == nil {
			return AssetDecision{Action: Create, Fields: Values(device)}
		}
		return AssetDecision{Action: Match, Asset: *candidate, Fields: Values(device)}
	}
	device = device.Completed(baseline)
	decision := AssetDecision{Action: NoChange, Asset: Asset{Title: baseline[TitleField].Accelo}}
	if candidate != nil {
		decision.Asset = *candidate
		if candidate.has(TitleField) { // otherwise its current title is unknown
			decision.compareTitle(baseline[TitleField], device.Title())
		}
	}
	decision.Fields = changedFields(device, baseline, now.Sub(lastWrite) > refresh)
	if decision.Title != nil || len(decision.Fields) > 0 {
		decision.Action = Update
	}
	return decision
}

// compareTitle compares the title of the asset as a listing showed it.
func (d *AssetDecision) compareTitle(base Value, title string) {
	result := base.compare(TextField, title, d.Asset.Title)
	if result.write {
		d.Title = &title
	}
	if result.manual {
		d.ManualChanges = append(d.ManualChanges, ManualChange{Field: TitleField, Accelo: d.Asset.Title, Ninja: title})
	}
	if result.now != base {
		d.Learned = d.Learned.with(TitleField, result.now)
	}
}

// changedFields returns the custom fields whose NinjaOne value differs from the last synced one. Volatile fields are left out unless
// refresh is set, because each field costs a call.
func changedFields(device Device, baseline Baseline, refresh bool) map[string]string {
	steady, volatile := map[string]string{}, map[string]string{}
	for _, field := range Fields() {
		value := field.Value(device)
		switch {
		case field.Type.Same(value, baseline[field.Name].Ninja):
		case field.Volatile:
			volatile[field.Name] = value
		default:
			steady[field.Name] = value
		}
	}
	if !refresh {
		return steady
	}
	for name, value := range volatile {
		steady[name] = value
	}
	return steady
}

// AssetBaseline returns the baseline after an asset was created, matched or renamed. Shown is the asset as Accelo showed it last: in the
// reply to the write, or in the reading if its title was not written. WroteField and ReadField add the custom fields one by one.
func AssetBaseline(device Device, before Baseline, shown Asset, decision AssetDecision) Baseline {
	after := before.Clone()
	maps.Copy(after, decision.Learned)
	title := device.Title()
	switch wrote := decision.Action == Create || decision.Title != nil; {
	case wrote && shown.has(TitleField):
		after[TitleField] = after[TitleField].written(TextField, title, &shown.Title)
	case wrote:
		after[TitleField] = after[TitleField].written(TextField, title, nil)
	case before == nil:
		after[TitleField] = Value{Ninja: title, Accelo: shown.Title}
	}
	if before == nil { // later, DecidePlace compares the place
		after.RecordPlace(shown.CompanyID, shown.Affiliation)
	}
	return after
}

// WroteField records that a custom field was written: what was sent, and what Accelo holds since, as far as the reply shows it. A valueID of
// 0 keeps the known id.
func (b Baseline) WroteField(name, sent, held string, valueID int64) {
	if valueID == 0 {
		valueID = b[name].ID
	}
	b[name] = Value{Ninja: sent, Accelo: held, ID: valueID}
}

// ReadField records a custom field's value as a reading showed it. That says nothing about NinjaOne's value, which was written in another
// form or was changed in Accelo since: it stays until NinjaOne's changes. Only if Accelo already holds a form of the value that is to be
// written, nil for none, it counts as written.
func (b Baseline) ReadField(field Field, value *string, held string, valueID int64) {
	ninja := b[field.Name].Ninja
	if value != nil && field.Type.MayBecome(*value, held) {
		ninja = *value
	}
	b[field.Name] = Value{Ninja: ninja, Accelo: held, ID: valueID}
}
