package asset

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Names are the names of Accelo's objects, by the field of a manual change and the object's ID.
type Names map[string]map[string]string

// apply names both sides of manual changes whose values are IDs, as far as the names are known.
func (n Names) apply(changes []rules.ManualChange) []rules.ManualChange {
	for i, change := range changes {
		if known := n[change.Field]; change.AcceloName == "" && change.NinjaName == "" {
			changes[i].AcceloName, changes[i].NinjaName = known[change.Accelo], known[change.Ninja]
		}
	}
	return changes
}

// lacks reports whether neither side of a manual change whose values are IDs was looked up.
func (n Names) lacks(change rules.ManualChange) bool {
	known := n[change.Field]
	return known[change.Accelo] == "" && known[change.Ninja] == ""
}

// NameChanges looks up the names of the companies and contacts in manual changes that have no note yet, and sets Names and Place
// of the states. Companies that the import has listed cost no call, the others one per hundred.
func (s *Service) NameChanges(ctx context.Context, c tenant.Connection, importID string, place rules.Place, states []State) error {
	names := Names{rules.CompanyField: {}, rules.ContactField: {}}
	for i := range states {
		states[i].Names = names
		if states[i].Link != nil && states[i].Asset != nil {
			states[i].Place = place
			names.want(s.Decide(c, states[i]), place)
		}
	}
	if err := s.nameCompanies(ctx, c, importID, names[rules.CompanyField]); err != nil {
		return fmt.Errorf("read the names of %s: %w", c.Labels().Company.Plural(), err)
	}
	if err := nameContacts(ctx, c, names[rules.ContactField]); err != nil {
		return fmt.Errorf("read the names of %s: %w", c.Labels().Contact.Plural(), err)
	}
	return nil
}

// want adds the IDs that a decision, or a move that Accelo may reject, has to name.
func (n Names) want(decision Decision, place rules.Place) {
	changes := decision.ManualChanges
	if decision.Place.Move {
		changes = append(changes, decision.unmoved(place))
	}
	for _, change := range changes {
		if names := n[change.Field]; names != nil && !change.Noted {
			names[change.Accelo], names[change.Ninja] = "", ""
		}
	}
}

func (s *Service) nameCompanies(ctx context.Context, c tenant.Connection, importID string, names map[string]string) error {
	records, err := s.store.RecordsByID(ctx, importID, store.CompanyRecord, slices.Collect(maps.Keys(names))...)
	if err != nil {
		return err
	}
	for _, record := range records {
		var company rules.Company
		if err := json.Unmarshal(record.Data, &company); err != nil {
			return fmt.Errorf("staged company %s: %w", record.ID, err)
		}
		names[strconv.FormatInt(company.ID, 10)] = company.Name
	}
	companies, err := c.Accelo.CompaniesByID(ctx, unnamed(names))
	for _, company := range companies {
		names[company.ID.String()] = rules.CleanName(company.Name)
	}
	return err
}

func nameContacts(ctx context.Context, c tenant.Connection, names map[string]string) error {
	affiliations, err := c.Accelo.AffiliationsByID(ctx, unnamed(names))
	for _, affiliation := range affiliations {
		if person := affiliation.Contact.Object; person != nil {
			names[affiliation.ID.String()] = rules.CleanName(person.FirstName + " " + person.Surname)
		}
	}
	return err
}

// unnamed returns the IDs that have no name yet.
func unnamed(names map[string]string) []accelo.ID {
	var ids []accelo.ID
	for text, name := range names {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && name == "" {
			ids = append(ids, accelo.ID(id))
		}
	}
	slices.Sort(ids)
	return ids
}
