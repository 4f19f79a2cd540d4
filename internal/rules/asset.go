package rules

import "time"

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
	decision := AssetDecision{Action: NoChange, Asset: Asset{Title: baseline[TitleField].Accelo}}
	if candidate != nil { // otherwise its current title is unknown
		decision.Asset = *candidate
		title := device.Title()
		write, manual := merge(baseline[TitleField], title, candidate.Title)
		if write {
			decision.Title = &title
		}
		if manual {
			decision.ManualChanges = append(decision.ManualChanges, ManualChange{Field: TitleField, Accelo: candidate.Title, Ninja: title})
		}
	}
	decision.Fields = changedFields(device, baseline, now.Sub(lastWrite) > refresh)
	if decision.Title != nil || len(decision.Fields) > 0 {
		decision.Action = Update
	}
	return decision
}

// changedFields returns the custom fields whose NinjaOne value differs from the last synced one. Volatile fields are left out unless
// refresh is set, because each field costs a call.
func changedFields(device Device, baseline Baseline, refresh bool) map[string]string {
	steady, volatile := map[string]string{}, map[string]string{}
	for _, field := range Fields() {
		value := field.Value(device)
		switch {
		case value == baseline[field.Name].Ninja:
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

// AssetBaseline returns the baseline after an asset was created, matched or renamed. RecordField adds the custom fields one by one, as they
// are written.
func AssetBaseline(device Device, before Baseline, current Asset, decision AssetDecision) Baseline {
	after := before.Clone()
	title := device.Title()
	switch {
	case decision.Action == Create, decision.Title != nil:
		after[TitleField] = Value{Ninja: title, Accelo: title}
	case before == nil, title == current.Title:
		after[TitleField] = Value{Ninja: title, Accelo: current.Title}
	}
	if before == nil { // later, DecidePlace compares the place
		after.RecordPlace(current.CompanyID, current.Affiliation)
	}
	return after
}

// RecordField records a custom field's value after a write. A valueID of 0 keeps the known id.
func (b Baseline) RecordField(name, value string, valueID int64) {
	if valueID == 0 {
		valueID = b[name].ID
	}
	b[name] = Value{Ninja: value, Accelo: value, ID: valueID}
}
