package importer

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// followReads is at most how many calls it takes to find out where a company went that Accelo did not list: its own, its old ID, its
// contacts, assets and requests, and the company they lead to.
const followReads = 6

// followUnlisted looks for linked companies that Accelo did not list, as the import will: it follows a company that was merged into
// another one, and gives up on a deleted one.
func (p *planner) followUnlisted(ctx context.Context, states []organizationState) error {
	for at := range states {
		state := &states[at]
		if !state.Unlisted() {
			continue
		}
		link, id := *state.Link, state.Organization.ID
		current, err := p.importer.Companies.Current(ctx, p.connection, link)
		switch {
		case err != nil && tenant.IsRecordError(err):
			p.deleted[id] = err.Error()
			continue
		case err != nil:
			return err
		case current.ID != link.AcceloID:
			p.merged[id] = link.AcceloID
			known := rules.Organization{ID: id, Name: link.Facts.Name, Description: link.Baseline[rules.CommentsField].Ninja}
			link.AcceloID, link.CompanyID, link.AffiliationID = current.ID, current.ID, current.PrimaryAffiliation
			link.Baseline = rules.BaselineAfterMerge(known, link.Baseline, current)
			state.Link = &link
		}
		state.Decision = rules.DecideCompany(state.Organization, link.Baseline.Clone(), []rules.Company{current})
	}
	return nil
}

// organization plans an organization, and adds the change of its contact if it needs one. The change is nil if the organization stays as
// it is. The remark names the companies that matched, if there are several.
func (p *planner) organization(ctx context.Context, state organizationState) (change *rules.Change, remark string) {
	decision, name := state.Decision, state.Organization.CompanyName()
	change = &rules.Change{
		Kind: rules.OrganizationChange, NinjaID: strconv.Itoa(state.Organization.ID), OrganizationID: state.Organization.ID,
		Organization: name, Name: name, Action: decision.Action, AcceloID: state.CompanyID(),
	}
	if reason, deleted := p.deleted[state.Organization.ID]; deleted {
		change.Action, change.Why, change.Cost = rules.Conflict, reason, rules.AcceloCalls(followReads, 0)
		return change, ""
	}
	if remark = company.Ambiguity(p.connection, decision); remark != "" {
		tenant.LoggerFrom(ctx).Warn("several companies have the name of an organization", "organization_id", state.Organization.ID,
			"company_ids", decision.Ambiguous, "company_id", decision.Company.ID)
	}
	label := p.connection.Labels().Company
	needsContact := decision.Company.PrimaryAffiliation == 0
	switch key := rules.NameKey(name); decision.Action {
	case rules.Create:
		if needsContact = !p.naming[key]; !needsContact {
			change.Action, change.Why = rules.Match, "Another organization with this name creates the "+label.Singular()
			break
		}
		p.naming[key], p.creates[state.Organization.ID] = true, true
		change.Why, change.Cost = fmt.Sprintf("No %s has this name", label.Singular()), rules.AcceloCalls(accelo.SearchCalls(name), 1)
		change.Fields = companyFields(rules.Company{}, &name, &state.Organization.Description)
	case rules.Match:
		if state.Choice.CompanyID != 0 {
			needsContact = p.chosenCompany(change, state)
			break
		}
		change.Why = fmt.Sprintf("%s %d has this name", label.SingularTitle, decision.Company.ID)
		if !p.naming[key] { // otherwise the link of the other organization is used
			change.Cost = rules.AcceloCalls(1, 0)
		}
		p.naming[key] = true
		if len(decision.Ambiguous) > 0 {
			change.Why = fmt.Sprintf("Several %s have this name; %d is used", label.Plural(), decision.Company.ID)
		}
	default:
		needsContact = state.Link.Contact() == 0
		p.linkedCompany(change, state)
	}
	if needsContact {
		p.contact(state, *change)
	}
	if change.Action == rules.NoChange && change.Cost == (rules.APICalls{}) && !needsContact && state.Settled() {
		return nil, remark
	}
	return change, remark
}

// chosenCompany plans an organization whose company users chose. It reports whether that still needs a contact.
func (p *planner) chosenCompany(change *rules.Change, state organizationState) (needsContact bool) {
	label, id := p.connection.Labels().Company, state.Choice.CompanyID
	change.Cost = rules.AcceloCalls(1, 0)
	if state.Decision.Company.Name == "" { // Accelo did not list it
		change.Action, change.Why = rules.Conflict, fmt.Sprintf("%s %d was chosen, but Accelo does not list it", label.SingularTitle, id)
		return false
	}
	change.Why = fmt.Sprintf("%s %d was chosen for this organization", label.SingularTitle, id)
	return state.Contact() == 0
}

// linkedCompany plans the company of an organization that is linked.
func (p *planner) linkedCompany(change *rules.Change, state organizationState) {
	p.learn(state.Link, state.Decision.Learned)
	from, merged := p.merged[state.Organization.ID]
	if !merged && state.NeedsRead() {
		change.Cost = rules.AcceloCalls(1, 0)
	}
	decision, label := p.afterOthers(state), p.connection.Labels().Company
	change.Action, change.Why = decision.Action, ownRecordOnly
	if decision.Action == rules.Update {
		change.Cost = change.Cost.Plus(rules.AcceloCalls(0, 1))
		change.Fields = companyFields(decision.Company, decision.Name, decision.Comments)
		var reasons []string
		if decision.Name != nil {
			reasons = append(reasons, "renamed the organization")
		}
		if decision.Comments != nil {
			reasons = append(reasons, "changed its description")
		}
		change.Why = "NinjaOne " + strings.Join(reasons, " and ")
	}
	p.note(change, rules.CarryOverNotes(decision.ManualChanges, state.Link.ManualChanges))
	if merged {
		change.Action, change.Cost = rules.Update, change.Cost.Plus(rules.AcceloCalls(followReads, 0))
		change.Fields = append(change.Fields, fieldChange(rules.CompanyField, strconv.FormatInt(from, 10), strconv.FormatInt(state.Link.AcceloID, 10)))
		change.Why = fmt.Sprintf("%s %d was merged into %s %d", label.SingularTitle, from, label.Singular(), state.Link.AcceloID)
	}
}

// afterOthers decides about a linked organization as the import will: organizations that share its company may have changed that by then.
func (p *planner) afterOthers(state organizationState) rules.CompanyDecision {
	decision := state.Decision
	if written, shared := p.written[decision.Company.ID]; shared {
		decision = rules.DecideCompany(state.Organization, state.Link.Baseline.Clone(), []rules.Company{written})
	}
	if after := decision.Company; decision.Action == rules.Update {
		if decision.Name != nil {
			after.Name = *decision.Name
		}
		if decision.Comments != nil {
			after.Comments = *decision.Comments
		}
		p.written[after.ID] = after
	}
	return decision
}

// contact plans the primary contact of an organization's company. Organizations that share a company share its contact.
func (p *planner) contact(state organizationState, organization rules.Change) {
	id, label := state.CompanyID(), p.connection.Labels().Company.Singular()
	if id != 0 && p.contacts[id] {
		return
	}
	p.contacts[id] = true
	contact := rules.Change{
		Kind: rules.ContactChange, NinjaID: organization.NinjaID, OrganizationID: organization.OrganizationID, Organization: organization.Name,
		Name: company.ContactFirstName + " " + organization.Name, Action: rules.Create,
		Fields: []rules.FieldChange{fieldChange("firstname", "", company.ContactFirstName), fieldChange("surname", "", organization.Name)},
		Cost:   rules.AcceloCalls(1, 1), Why: fmt.Sprintf("The %s has no primary contact", label),
	}
	if organization.Action == rules.Create {
		contact.Cost, contact.Why = rules.AcceloCalls(0, 1), fmt.Sprintf("The new %s needs a primary contact", label)
	}
	p.change(contact)
}

// note adds the notes about manual changes to a change. If nothing else is written, the notes are the change.
func (p *planner) note(change *rules.Change, manual []rules.ManualChange) {
	var fields []string
	for _, found := range manual {
		if !found.Noted {
			fields = append(fields, p.connection.Labels().Field(found.Field))
		}
	}
	if len(fields) == 0 {
		return
	}
	change.Cost = change.Cost.Plus(rules.AcceloCalls(0, len(fields)))
	if change.Action == rules.NoChange {
		change.Action = rules.Note
		change.Why = fmt.Sprintf("Someone changed the %s in Accelo, so it stays; a note is added", strings.Join(fields, " and the "))
	}
}

func companyFields(before rules.Company, name, comments *string) []rules.FieldChange {
	var fields []rules.FieldChange
	if name != nil {
		fields = append(fields, fieldChange(rules.NameKeyField, before.Name, *name))
	}
	if comments != nil && *comments != before.Comments {
		fields = append(fields, fieldChange(rules.CommentsField, before.Comments, *comments))
	}
	return fields
}

// ownRecordOnly is the reason of a change that writes nothing to Accelo.
const ownRecordOnly = "Only our own record changes"

// fieldChange bounds and cleans the values of a field.
func fieldChange(field, before, after string) rules.FieldChange {
	const limit = 500
	shorten := func(text string) string {
		text = rules.CleanText(text)
		if cut := rules.Truncate(text, limit); cut != text {
			return cut + "…"
		}
		return text
	}
	return rules.FieldChange{Field: field, Before: shorten(before), After: shorten(after)}
}
