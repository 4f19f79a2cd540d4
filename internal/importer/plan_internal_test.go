package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// testPlanner returns a planner for the standard words and all custom fields. It needs no database for single records.
func testPlanner(takesFields *bool) *planner {
	var connection tenant.Connection
	connection.Settings = store.Settings{
		Connected: true, AssetType: store.ObjectType{ID: 3, Title: "NinjaOne Device"}, Fields: map[string]store.CustomField{},
		Capabilities: store.Capabilities{SetFieldsOnCreate: takesFields},
	}
	for i, field := range rules.Fields() {
		connection.Settings.Fields[field.Name] = store.CustomField{ID: int64(i + 1), Type: string(field.Type)}
	}
	return newPlanner(&Importer{Assets: asset.New(nil, nil, nil)}, connection, store.Import{ID: "x"})
}

var (
	acme = rules.Organization{ID: 7, Name: "Acme", Description: "Rockets"}
	ship = rules.Device{
		ID: 8, OrganizationID: 7, SystemName: "SHIP", NodeClass: "WINDOWS_SERVER", PageURL: "https://app.ninjarmm.com/#/deviceDashboard/8/overview",
	}
)

func linkedOrganization(affiliation int64, baseline rules.Baseline) *store.Link {
	return &store.Link{
		State: store.Linked, NinjaID: "7", AcceloID: 12, CompanyID: 12, AffiliationID: affiliation, Baseline: baseline, Facts: store.Facts{Name: acme.Name},
	}
}

// Every decision about an organization has its reason, its cost, and the change of its contact.
func TestPlanOrganization(t *testing.T) {
	t.Parallel()
	synced := rules.Baseline{rules.NameKeyField: {Ninja: "Acme", Accelo: "Acme"}, rules.CommentsField: {Ninja: "Rockets", Accelo: "Rockets"}}
	old := rules.Baseline{rules.NameKeyField: {Ninja: "Acme Ltd", Accelo: "Acme Ltd"}, rules.CommentsField: {Ninja: "", Accelo: ""}}
	current := rules.Company{ID: 12, Name: "Acme", Comments: "Rockets", PrimaryAffiliation: 5}
	for _, test := range []struct {
		name    string
		link    *store.Link
		found   []rules.Company
		action  rules.Action
		why     string
		cost    rules.APICalls // with that of the contact
		contact bool
	}{
		{"new", nil, nil, rules.Create, "No company has this name", rules.AcceloCalls(1, 2), true},
		{"matched", nil, []rules.Company{current}, rules.Match, "Company 12 has this name", rules.AcceloCalls(1, 0), false},
		{"matched without a contact", nil, []rules.Company{{ID: 12, Name: "Acme"}}, rules.Match, "Company 12 has this name", rules.AcceloCalls(2, 1), true},
		{"several", nil, []rules.Company{current, {ID: 34, Name: "acme"}}, rules.Match, "Several companies have this name; 12 is used", rules.AcceloCalls(1, 0), false},
		{
			"renamed", linkedOrganization(5, old),
			[]rules.Company{{ID: 12, Name: "Acme Ltd", PrimaryAffiliation: 5}},
			rules.Update,
			"NinjaOne renamed the organization and changed its description", rules.AcceloCalls(1, 1), false,
		},
		{
			"changed in Accelo", linkedOrganization(5, synced),
			[]rules.Company{{ID: 12, Name: "ACME Inc", Comments: "Rockets", PrimaryAffiliation: 5}},
			rules.Note, "Someone changed the name in Accelo, so it stays; a note is added", rules.AcceloCalls(1, 1), false,
		},
		{"without a contact", linkedOrganization(0, synced), []rules.Company{{ID: 12, Name: "Acme", Comments: "Rockets"}}, rules.NoChange, ownRecordOnly, rules.AcceloCalls(1, 1), true},
		{"with a new contact", linkedOrganization(4, synced), []rules.Company{current}, rules.NoChange, ownRecordOnly, rules.AcceloCalls(1, 0), false},
		{"unchanged", linkedOrganization(5, synced), []rules.Company{current}, "", "", rules.APICalls{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := testPlanner(nil)
			var baseline rules.Baseline
			if test.link != nil {
				baseline = test.link.Baseline
			}
			state := organizationState{State: company.State{Organization: acme, Link: test.link, Decision: rules.DecideCompany(acme, baseline, test.found)}}
			change, _ := p.organization(t.Context(), state)
			cost := p.plan.Cost
			if test.action == "" {
				require.Nil(t, change)
			} else {
				require.Equal(t, test.action, change.Action)
				require.Equal(t, test.why, change.Why)
				cost = cost.Plus(change.Cost)
			}
			require.Equal(t, test.cost, cost)
			require.Equal(t, test.contact, len(p.changes) == 1)
			if test.contact {
				require.Equal(t, rules.ContactChange, p.changes[0].Kind)
				require.Equal(t, "NinjaOne Acme", p.changes[0].Name)
			}
		})
	}
}

// Every decision about a device has its reason, its cost, and the values that it writes.
func TestPlanDevice(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	values := rules.Values(ship)
	require.Len(t, values, 3)
	synced := rules.Baseline{
		rules.TitleField: {Ninja: "SHIP", Accelo: "SHIP"}, rules.CompanyField: {Ninja: "12", Accelo: "12"}, rules.AffiliationField: {Ninja: "5", Accelo: "5"},
	}
	for name, value := range values {
		synced[name] = rules.Value{Ninja: value, Accelo: value, ID: 1}
	}
	with := func(field string, value rules.Value) rules.Baseline {
		changed := synced.Clone()
		changed[field] = value
		return changed
	}
	current := &rules.Asset{ID: 9, Title: "SHIP", CompanyID: 12, Affiliation: 5}
	for _, test := range []struct {
		name        string
		takesFields *bool
		baseline    rules.Baseline // nil if the device is not linked
		asset       *rules.Asset
		action      rules.Action
		why         string
		cost        rules.APICalls
		fields      []string
	}{
		{"new", &yes, nil, nil, rules.Create, "No asset matches this device", rules.AcceloCalls(1, 1), []string{"title", "ninja_url", "type", "sub_type"}},
		{"new, fields one by one", &no, nil, nil, rules.Create, "No asset matches this device", rules.AcceloCalls(1, 4), []string{"title", "ninja_url", "type", "sub_type"}},
		{"new, unknown", nil, nil, nil, rules.Create, "No asset matches this device", rules.AcceloCalls(2, 1), []string{"title", "ninja_url", "type", "sub_type"}},
		{"matched", &yes, nil, current, rules.Match, "Asset 9 has the same title", rules.AcceloCalls(2, 3), []string{"ninja_url", "type", "sub_type"}},
		{
			"renamed", &yes, with(rules.TitleField, rules.Value{Ninja: "BOAT", Accelo: "BOAT"}), &rules.Asset{ID: 9, Title: "BOAT", CompanyID: 12, Affiliation: 5},
			rules.Update, "NinjaOne renamed the device", rules.AcceloCalls(1, 1),
			[]string{"title"},
		},
		{
			"changed", &yes, with("sub_type", rules.Value{Ninja: "MAC", Accelo: "MAC", ID: 1}), current,
			rules.Update, "NinjaOne changed the device's details", rules.AcceloCalls(1, 1),
			[]string{"sub_type"},
		},
		{
			"moved", &yes, with(rules.CompanyField, rules.Value{Ninja: "11", Accelo: "11"}), &rules.Asset{ID: 9, Title: "SHIP", CompanyID: 11, Affiliation: 5},
			rules.Update, "NinjaOne moved the device to another organization", rules.AcceloCalls(2, 1),
			[]string{"company"},
		},
		{
			"changed in Accelo", &yes, synced, &rules.Asset{ID: 9, Title: "My ship", CompanyID: 12, Affiliation: 5},
			rules.Note, "Someone changed the title in Accelo, so it stays; a note is added", rules.AcceloCalls(1, 1), nil,
		},
		{"unchanged", &yes, synced, current, "", "", rules.APICalls{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := testPlanner(test.takesFields)
			organization := organizationState{State: company.State{Organization: acme, Link: linkedOrganization(5, nil)}}
			state := asset.State{Device: ship, Asset: test.asset, Place: rules.Place{Company: 12, Affiliation: 5}}
			if test.baseline != nil {
				now := time.Now()
				state.Link = &store.Link{State: store.Linked, NinjaID: "8", OrganizationID: 7, AcceloID: 9, Baseline: test.baseline, WrittenAt: &now}
			}
			change := p.device(organization, state)
			if test.action == "" {
				require.Nil(t, change)
				return
			}
			require.Equal(t, test.action, change.Action)
			require.Equal(t, test.why, change.Why)
			require.Equal(t, test.cost, change.Cost)
			var fields []string
			for _, field := range change.Fields {
				fields = append(fields, field.Field)
			}
			require.Equal(t, test.fields, fields)
		})
	}
}

// Only the first new asset is read back to find out whether Accelo takes fields on create, and the company's assets are listed again once.
func TestPlanProbesOnce(t *testing.T) {
	t.Parallel()
	p := testPlanner(nil)
	organization := organizationState{State: company.State{Organization: acme, Link: linkedOrganization(5, nil)}}
	require.Equal(t, rules.AcceloCalls(2, 1), p.device(organization, asset.State{Device: ship}).Cost)
	require.Equal(t, rules.AcceloCalls(0, 1), p.device(organization, asset.State{Device: ship}).Cost)
}

// A second organization of the same name matches the company that the first one creates, and shares its contact.
func TestPlanNamesakes(t *testing.T) {
	t.Parallel()
	p := testPlanner(nil)
	state := organizationState{State: company.State{Organization: acme, Decision: rules.CompanyDecision{Action: rules.Create}}}
	first, _ := p.organization(t.Context(), state)
	state.Organization.ID, state.Organization.Name = 8, "ACME"
	second, _ := p.organization(t.Context(), state)
	require.Equal(t, rules.Create, first.Action)
	require.Equal(t, rules.Match, second.Action)
	require.Equal(t, "Another organization with this name creates the company", second.Why)
	require.Len(t, p.changes, 1, "one contact")
}

// Values are bounded, so that a plan stays small.
func TestFieldChangeIsBounded(t *testing.T) {
	t.Parallel()
	change := fieldChange("comments", "a\x00b", strings.Repeat("x", 5000))
	require.Equal(t, "ab", change.Before)
	require.Equal(t, strings.Repeat("x", 500)+"…", change.After)
}
