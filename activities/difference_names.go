package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// names are what people call objects of Accelo, by the field of a difference and the id.
type names map[string]map[string]string

// put names both sides of differences whose values are ids, as far as the names are known.
func (n names) put(differences []rules.ManualChange) []rules.ManualChange {
	for i, difference := range differences {
		if known := n[difference.Field]; difference.AcceloName == "" && difference.NinjaName == "" {
			differences[i].AcceloName, differences[i].NinjaName = known[difference.Accelo], known[difference.Ninja]
		}
	}
	return differences
}

// nameDifferences finds out what people call the companies and contacts of differences that no note tells of yet. What the import
// has listed costs nothing, and the rest a call per hundred.
func (a *Activities) nameDifferences(ctx context.Context, c tenant.Connection, importID string, place rules.Place, devices []deviceView) error {
	wanted := names{rules.CompanyField: {}, rules.ContactField: {}}
	for i := range devices {
		devices[i].names = wanted
		if devices[i].link != nil && devices[i].asset != nil {
			devices[i].place = place
			wanted.want(a.decideDevice(devices[i]), place)
		}
	}
	if err := a.nameCompanies(ctx, c, importID, wanted[rules.CompanyField]); err != nil {
		return fmt.Errorf("read the names of %s: %w", c.Labels().Company.Plural(), err)
	}
	if err := nameContacts(ctx, c, wanted[rules.ContactField]); err != nil {
		return fmt.Errorf("read the names of %s: %w", c.Labels().Contact.Plural(), err)
	}
	return nil
}

// want remembers the ids of which a decision, or a move that the API may refuse, has to name.
func (n names) want(decision assetDecision, place rules.Place) {
	differences := decision.ManualChanges
	if decision.place.Move {
		differences = append(differences, decision.unmoved(place))
	}
	for _, difference := range differences {
		if ids := n[difference.Field]; ids != nil && !difference.Noted {
			ids[difference.Accelo], ids[difference.Ninja] = "", ""
		}
	}
}

func (a *Activities) nameCompanies(ctx context.Context, c tenant.Connection, importID string, wanted map[string]string) error {
	records, err := a.store.RecordsByID(ctx, importID, store.CompanyRecord, slices.Collect(maps.Keys(wanted))...)
	if err != nil {
		return err
	}
	listed, err := decodeAll[rules.Company](store.CompanyRecord, records)
	if err != nil {
		return err
	}
	for _, company := range listed {
		wanted[strconv.FormatInt(company.ID, 10)] = company.Name
	}
	companies, err := c.Accelo.CompaniesByID(ctx, nameless(wanted))
	for _, company := range companies {
		wanted[company.ID.String()] = rules.CleanName(company.Name)
	}
	return err
}

func nameContacts(ctx context.Context, c tenant.Connection, wanted map[string]string) error {
	affiliations, err := c.Accelo.AffiliationsByID(ctx, nameless(wanted))
	for _, affiliation := range affiliations {
		if person := affiliation.Contact.Object; person != nil {
			wanted[affiliation.ID.String()] = rules.CleanName(person.FirstName + " " + person.Surname)
		}
	}
	return err
}

// nameless are the ids that have no name yet.
func nameless(wanted map[string]string) []accelo.ID {
	var ids []accelo.ID
	for text, name := range wanted {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && name == "" {
			ids = append(ids, accelo.ID(id))
		}
	}
	slices.Sort(ids)
	return ids
}
