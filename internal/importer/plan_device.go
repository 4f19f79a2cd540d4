package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// device plans a device. The change is nil if the device stays as it is.
func (p *planner) device(organization organizationState, state asset.State) *rules.Change {
	change := &rules.Change{
		Kind: rules.DeviceChange, NinjaID: strconv.Itoa(state.Device.ID), OrganizationID: state.Device.OrganizationID,
		Organization: organization.Organization.CompanyName(), Name: state.Device.Title(),
	}
	switch {
	case state.Link != nil:
		change.AcceloID = state.Link.AcceloID
	case state.Asset != nil:
		change.AcceloID = state.Asset.ID
	}
	switch {
	case organization.Link == nil && !p.run.Has(rules.OrganizationRecords):
		change.Action, change.Why, change.AcceloID = rules.Conflict, withoutCompany(p.connection), 0
	case state.Link == nil && state.Replaces.Possible():
		p.replacement(change, state)
	case state.Deleted:
		change.Action, change.Why = rules.Conflict, asset.Gone(p.connection, *state.Link).Error()
	case state.Link != nil:
		if _, merged := p.merged[organization.Organization.ID]; merged {
			state.Place = rules.Place{} // the assets have moved with the company, and so do their links
		}
		if !p.linkedAsset(change, organization, state) {
			return nil
		}
	default:
		p.newAsset(change, organization, state)
	}
	if reason, deleted := p.deleted[organization.Organization.ID]; deleted { // the import fails them with their organization
		change.Action, change.Why, change.Fields, change.Cost = rules.Conflict, reason, nil, rules.APICalls{}
	}
	return change
}

// newAsset plans a device without a link: its asset is created or adopted.
func (p *planner) newAsset(change *rules.Change, organization organizationState, state asset.State) {
	decision, label := p.importer.Assets.Decide(p.connection, state), p.connection.Labels().Asset
	change.Action = decision.Action
	switch {
	case decision.Action == rules.Match:
		change.Why = fmt.Sprintf("%s %d has the same title", label.SingularTitle, decision.Asset.ID)
		change.Fields, change.Cost = p.customFields(state, decision), rules.AcceloCalls(1, len(decision.Fields))
	case !p.connection.CanCreateAssets():
		change.Action, change.Why = rules.Wait, fmt.Sprintf("This Accelo deployment can't create %s through its API", label.Plural())
	default:
		change.Why, change.Cost = fmt.Sprintf("No %s matches this device", label.Singular()), p.createCost(state.Device)
		change.Fields = append([]rules.FieldChange{fieldChange(rules.TitleField, "", state.Device.Title())}, p.customFields(state, decision)...)
	}
	if change.Action != rules.Wait {
		change.Cost = change.Cost.Plus(p.evidenceCost(organization))
	}
}

// evidenceCost returns the calls to list the assets of an organization's company again, which the first of its new devices takes. A company
// that is created for it has none.
func (p *planner) evidenceCost(organization organizationState) rules.APICalls {
	id := organization.Organization.ID
	if p.evidence[id] || p.creates[id] {
		return rules.APICalls{}
	}
	p.evidence[id] = true
	return rules.AcceloCalls(accelo.ListCalls(organization.assets), 0)
}

// createCost returns the calls to create an asset. As long as it is unknown whether Accelo takes fields on create, the first asset is read
// back.
func (p *planner) createCost(device rules.Device) rules.APICalls {
	takesFields := p.connection.Settings.Capabilities.SetFieldsOnCreate
	switch {
	case takesFields == nil && !p.probes:
		p.probes = true
		return rules.AcceloCalls(1, 1)
	case takesFields != nil && !*takesFields:
		return rules.AcceloCalls(0, 1+len(rules.Values(device)))
	}
	return rules.AcceloCalls(0, 1)
}

// replacement plans a device that takes over the asset of the device it replaced.
func (p *planner) replacement(change *rules.Change, state asset.State) {
	if !state.Replaces.Unique() {
		change.Action, change.Why = rules.Conflict, asset.Ambiguity(p.connection, state)
		return
	}
	link := state.Replaces.Old[0].Link
	link.WrittenAt = nil // all fields are due
	state.Link = &link
	decision := p.importer.Assets.Decide(p.connection, state)
	change.Action, change.AcceloID = rules.Match, link.AcceloID
	change.Why = fmt.Sprintf("It replaces device %s, which NinjaOne no longer lists: the serial number is the same", link.NinjaID)
	change.Fields, change.Cost = p.updates(state, decision), updateCost(state.Link, decision).Plus(rules.APICalls{Ninjaone: 1})
}

// linkedAsset plans a device that is linked. It reports false if the device stays as it is.
func (p *planner) linkedAsset(change *rules.Change, organization organizationState, state asset.State) bool {
	decision := p.importer.Assets.Decide(p.connection, state)
	p.learn(state.Link, decision.Learned)
	change.Action, change.Why = decision.Action, ownRecordOnly
	change.Fields, change.Cost = p.updates(state, decision), updateCost(state.Link, decision)
	moves := decision.Place.Move || decision.Place.ReadAsset
	switch {
	case organization.Link == nil && state.Place.Company == 0: // the asset moves to a company that is created first
		moves, change.Action, change.Cost = true, rules.Update, change.Cost.Plus(rules.AcceloCalls(1, 1))
		if !decision.NeedsRead(state.Link) { // it is read before the move
			change.Cost = change.Cost.Plus(rules.AcceloCalls(1, 0))
		}
	case decision.Settled(state.Link):
		return false
	}
	if moves {
		target := organization.Organization.CompanyName()
		if state.Place.Company != 0 {
			target = strconv.FormatInt(state.Place.Company, 10)
		}
		change.Fields = append(change.Fields, fieldChange(rules.CompanyField, state.Link.Baseline[rules.CompanyField].Accelo, target))
	}
	if change.Action == rules.Update {
		change.Why = updateReason(decision, moves)
	}
	if slices.ContainsFunc(decision.ManualChanges, func(found rules.ManualChange) bool { return found.OfPlace() && !found.Noted }) {
		change.Cost = change.Cost.Plus(rules.AcceloCalls(1, 0)) // its company, in case it was merged, or its contact's name
	}
	p.note(change, decision.ManualChanges)
	return true
}

// updateCost returns the calls to update a linked asset.
func updateCost(link *store.Link, decision asset.Decision) (cost rules.APICalls) {
	if decision.NeedsRead(link) {
		cost = cost.Plus(rules.AcceloCalls(1, 0))
	}
	if decision.Title != nil {
		cost = cost.Plus(rules.AcceloCalls(0, 1))
	}
	if len(decision.Fields) > 0 {
		cost = cost.Plus(rules.AcceloCalls(1, len(decision.Fields)))
	}
	if decision.Place.ReadAsset || decision.Place.Move { // the move is read back
		cost = cost.Plus(rules.AcceloCalls(1, 1))
	}
	return cost
}

// updateReason says what NinjaOne changed.
func updateReason(decision asset.Decision, moves bool) string {
	var reasons []string
	add := func(first, later string) {
		if len(reasons) > 0 {
			first = later
		}
		reasons = append(reasons, first)
	}
	if decision.Title != nil {
		add("renamed the device", "")
	}
	if changesDetails(decision) {
		add("changed the device's details", "changed its details")
	}
	if moves {
		add("moved the device to another organization", "moved it to another organization")
	}
	if len(reasons) == 0 {
		return "The times of its last contact and update are out of date"
	}
	return "NinjaOne " + strings.Join(reasons, " and ")
}

// changesDetails reports whether a decision writes more custom fields than the volatile ones.
func changesDetails(decision asset.Decision) bool {
	for _, field := range rules.Fields() {
		if _, changed := decision.Fields[field.Name]; changed && !field.Volatile {
			return true
		}
	}
	return false
}

// updates returns the title and the custom fields that a decision writes.
func (p *planner) updates(state asset.State, decision asset.Decision) []rules.FieldChange {
	var fields []rules.FieldChange
	if decision.Title != nil {
		fields = append(fields, fieldChange(rules.TitleField, decision.Asset.Title, *decision.Title))
	}
	return append(fields, p.customFields(state, decision)...)
}

// customFields returns the custom fields that a decision writes and that exist in Accelo, in their usual order.
func (p *planner) customFields(state asset.State, decision asset.Decision) []rules.FieldChange {
	var fields []rules.FieldChange
	for _, field := range rules.Fields() {
		value, written := decision.Fields[field.Name]
		if _, exists := p.connection.Settings.Fields[field.Name]; !written || !exists {
			continue
		}
		before := ""
		if state.Link != nil {
			before = state.Link.Baseline[field.Name].Accelo
		}
		if field.Type == rules.DateTimeField {
			before, value = timeText(before), timeText(value)
		}
		fields = append(fields, fieldChange(field.Name, before, value))
	}
	return fields
}

// timeText returns unix seconds as RFC 3339.
func timeText(seconds string) string {
	number, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return seconds
	}
	return time.Unix(number, 0).UTC().Format(time.RFC3339)
}
