package rules

import "time"

// AssetDecision is what to do about one device.
type AssetDecision struct {
	Action Action
	// Asset is the one to adopt (Match), or the linked one as the listing showed it.
	Asset Asset
	// Title is the title to write, nil where none is to be written.
	Title *string
	// Fields are the custom field values to write, by field name; an empty one empties the field.
	Fields map[string]string
	// ManualChanges are the fields that a person changed; they are kept.
	ManualChanges []ManualChange
}

// DecideAsset compares a device with what was last written of it. A nil written means that it is not linked yet; then
// candidate is the asset to adopt, nil where there is none. For a linked device candidate is its asset as a listing
// showed it, nil where none was read. Volatile values alone are written only when the last write is older than refresh.
func DecideAsset(device Device, written Baseline, candidate *Asset, lastWrite, now time.Time, refresh time.Duration) AssetDecision {
	if written == nil {
		if candidate == nil {
			return AssetDecision{Action: Create, Fields: Values(device)}
		}
		return AssetDecision{Action: Match, Asset: *candidate, Fields: Values(device)}
	}
	decision := AssetDecision{Action: NoChange, Asset: Asset{Title: written[TitleField].Accelo}}
	if candidate != nil { // else nobody knows what title a person has given it
		decision.Asset = *candidate
		title := device.Title()
		write, kept := merge(written[TitleField], title, candidate.Title)
		if write {
			decision.Title = &title
		}
		if kept {
			decision.ManualChanges = append(decision.ManualChanges, ManualChange{Field: TitleField, Accelo: candidate.Title, Ninja: title})
		}
	}
	decision.Fields = changedFields(device, written, now.Sub(lastWrite) > refresh)
	if decision.Title != nil || len(decision.Fields) > 0 {
		decision.Action = Update
	}
	return decision
}

// changedFields are the custom fields whose NinjaOne value is no longer the one that was written; volatile ones only
// when they have grown old, since each field costs Accelo a call.
func changedFields(device Device, written Baseline, old bool) map[string]string {
	steady, volatile := map[string]string{}, map[string]string{}
	for _, field := range Fields() {
		value := field.Value(device)
		switch {
		case value == written[field.Name].Ninja:
		case field.Volatile:
			volatile[field.Name] = value
		default:
			steady[field.Name] = value
		}
	}
	if !old {
		return steady
	}
	for name, value := range volatile {
		steady[name] = value
	}
	return steady
}

// AssetBaseline is what is known of a device's asset after it was created, matched or renamed.
// The custom fields are recorded one by one, as they are written, by RecordField.
func AssetBaseline(device Device, before Baseline, current Asset, decision AssetDecision) Baseline {
	after := before.Clone()
	title := device.Title()
	switch {
	case decision.Action == Create, decision.Title != nil:
		after[TitleField] = Value{Ninja: title, Accelo: title}
	case before == nil, title == current.Title:
		after[TitleField] = Value{Ninja: title, Accelo: current.Title}
	}
	if before == nil { // later it is DecidePlace that compares them
		after.RecordPlace(current.CompanyID, current.Affiliation)
	}
	return after
}

// RecordField notes in w that a custom field now holds a value. A valueID of 0 keeps the one that is known.
func (w Baseline) RecordField(name, value string, valueID int64) {
	if valueID == 0 {
		valueID = w[name].ID
	}
	w[name] = Value{Ninja: value, Accelo: value, ID: valueID}
}
