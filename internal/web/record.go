package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// recordKinds are the kinds of records that have a page.
var recordKinds = []store.Kind{store.Organizations, store.Contacts, store.Devices, store.Alerts}

// recordView is everything that is known of a record.
type recordView struct {
	store.FoundLink
	Connection string
	// Path is the record's own page, for its forms.
	Path string
	// Object is the deployment's name for what the record becomes in Accelo.
	Object string
	// NinjaOne, Accelo and Company are links; empty if there is none.
	NinjaOne, Accelo, Company string
	Labels                    store.Labels
	Fields                    []recordField
	Events                    []recordEvent
	// Alert is what became of an alert; nil for other kinds.
	Alert *alertRow
	// Workflows are the ids of the workflows that sync the record.
	Workflows []string
	// Unlinked means that there is only a history.
	Unlinked bool
	// SwitchedOff means that users have switched off the sync of its organization.
	SwitchedOff bool
}

// recordField is a value as it was last synced.
type recordField struct {
	Label, NinjaOne, Accelo string
}

// recordEvent is a change of the record's link.
type recordEvent struct {
	store.LinkEvent
	What, Who string
	Changes   []recordChange
}

// recordChange is a value before and after a change.
type recordChange struct {
	Label string
	store.FieldChange
}

// record shows one record, with everything that happened to it.
func (p *Pages) record(w http.ResponseWriter, r *http.Request, c status.Connection) {
	key := store.Key{Connection: c.Connection, Kind: store.Kind(r.PathValue("kind")), NinjaID: r.PathValue("id")}
	view, err := p.readRecord(r.Context(), c, key)
	switch {
	case err != nil:
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
	case view == nil:
		p.renderNotFound(w, r, "This connection has no "+string(key.Kind)+" "+key.NinjaID+".")
	default:
		p.renderTab(w, r, c, "", "record", view)
	}
}

// readRecord returns nil if nothing is known of the record.
func (p *Pages) readRecord(ctx context.Context, c status.Connection, key store.Key) (*recordView, error) {
	if !slices.Contains(recordKinds, key.Kind) || key.NinjaID == "" || !storableText(key.NinjaID) {
		return nil, nil //nolint:nilnil // not found
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, _, err := p.store.SearchLinks(ctx, key.Connection, store.LinkQuery{Kind: key.Kind, NinjaID: key.NinjaID, Limit: 1})
	if err != nil {
		return nil, err
	}
	history, err := p.store.LinkHistory(ctx, key)
	if err != nil {
		return nil, err
	}
	var alerts []store.ListedAlert
	if key.Kind == store.Alerts {
		listed, err := p.store.ListedAlert(ctx, key.Connection, key.NinjaID)
		if err == nil {
			alerts = append(alerts, listed)
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	view := &recordView{Unlinked: len(found) == 0, FoundLink: store.FoundLink{Kind: key.Kind, NinjaID: key.NinjaID}}
	if len(found)+len(history)+len(alerts) == 0 {
		if known, err := p.unmatched(ctx, view, key); err != nil || !known {
			return nil, err
		}
	}
	if len(found) > 0 {
		view.FoundLink = found[0]
	}
	if len(alerts) > 0 {
		row := newAlertRow(c, alerts[0])
		view.Alert, view.Name = &row, row.Subject
	}
	links, err := p.store.LinksByID(ctx, key.Connection, key.Kind, []string{key.NinjaID})
	if err != nil {
		return nil, err
	}
	view.complete(c, links[key.NinjaID], history)
	view.SwitchedOff, err = p.switchedOff(ctx, view.FoundLink, key)
	return view, err
}

// unmatched fills in an organization that NinjaOne lists and no import has met. It reports false if it is not known.
func (p *Pages) unmatched(ctx context.Context, view *recordView, key store.Key) (bool, error) {
	if key.Kind != store.Organizations {
		return false, nil
	}
	listed, err := p.store.ListOrganizations(ctx, key.Connection, store.OrganizationQuery{NinjaIDs: []string{key.NinjaID}})
	if err != nil || len(listed) == 0 {
		return false, err
	}
	view.Name = listed[0].Name
	return true, nil
}

// switchedOff reports whether users have switched off the sync of a record's organization.
func (p *Pages) switchedOff(ctx context.Context, found store.FoundLink, key store.Key) (bool, error) {
	id := found.OrganizationID
	if number, err := strconv.Atoi(key.NinjaID); err == nil && (key.Kind == store.Organizations || key.Kind == store.Contacts) {
		id = number
	}
	choice, err := p.store.OrganizationChoice(ctx, key.Connection, id)
	return !choice.Sync, err
}

// complete fills in what follows from the record, its link and its history.
func (v *recordView) complete(c status.Connection, link store.Link, history []store.LinkEvent) {
	v.Connection, v.Labels, v.Object = c.Connection, c.Labels, c.Labels.For(v.Kind).SingularTitle
	v.Path = recordPath(c.Connection, v.Kind, v.NinjaID)
	v.NinjaOne = ninjaOneLink(c.NinjaoneURL, v.Kind, v.NinjaID)
	v.Accelo = acceloLink(c.AcceloURL, v.Kind, v.AcceloID)
	if v.Kind != store.Organizations {
		v.Company = acceloLink(c.AcceloURL, store.Organizations, v.CompanyID)
	}
	for _, field := range slices.Sorted(maps.Keys(link.Baseline)) {
		value := link.Baseline[field]
		v.Fields = append(v.Fields, recordField{Label: c.Labels.Field(field), NinjaOne: value.Ninja, Accelo: value.Accelo})
	}
	for _, event := range history {
		v.Events = append(v.Events, newRecordEvent(event, c.Labels))
	}
	v.Workflows = recordWorkflows(c.Connection, v.FoundLink)
}

func newRecordEvent(event store.LinkEvent, labels store.Labels) recordEvent {
	shown := recordEvent{LinkEvent: event, What: string(event.State), Who: "an alert or a reconciliation"}
	switch {
	case event.State == "forgotten":
		shown.What = "unlinked"
	case event.Outcome != "":
		shown.What += ", " + string(event.Outcome)
	}
	switch {
	case event.Actor != "":
		shown.Who = event.Actor
	case event.ImportID != "":
		shown.Who = "an import"
	}
	for _, field := range slices.Sorted(maps.Keys(event.Changes)) {
		shown.Changes = append(shown.Changes, recordChange{Label: labels.Field(field), FieldChange: event.Changes[field]})
	}
	return shown
}

// recordWorkflows returns the workflows that sync a record, whether they have run or not.
func recordWorkflows(connection string, link store.FoundLink) []string {
	if link.Kind != store.Alerts {
		organization := link.OrganizationID
		if id, err := strconv.Atoi(link.NinjaID); err == nil && link.Kind != store.Devices {
			organization = id
		}
		if organization == 0 {
			return nil
		}
		return []string{flow.ImportOrganizationID(connection, organization)}
	}
	workflows := []string{flow.AlertTriggeredID(connection, link.NinjaID), flow.AlertResetID(connection, link.NinjaID)}
	if link.AcceloID != 0 {
		workflows = append(workflows, flow.RequestClosedID(connection, link.AcceloID))
	}
	return workflows
}

// storableText reports whether the database can hold a text, so that it makes sense to look for it.
func storableText(text string) bool { return !strings.ContainsRune(text, 0) && utf8.ValidString(text) }
