package rules_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// An unlinked organization matches the company with its name: an active one first, then the lowest id (accelo.md 4.8).
func TestDecideCompanyMatches(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 300)
	company := func(id int64, name, standing string) rules.Company {
		return rules.Company{ID: id, Name: name, Standing: standing}
	}
	for _, test := range []struct {
		name, organization string
		candidates         []rules.Company
		want               int64
		ambiguous          []int64
	}{
		{"no companies", "Acme", nil, 0, nil},
		{"no company with that name", "Acme", []rules.Company{company(1, "Acme Ltd", "active"), company(2, "", "active")}, 0, nil},
		{"one match", "Acme", []rules.Company{company(1, "Apex", "active"), company(2, "Acme", "active")}, 2, nil},
		{"different spelling", "Cafe\u0301  ACME", []rules.Company{company(2, " Café Acme\n", "active")}, 2, nil},
		{"an inactive one matches", "Acme", []rules.Company{company(2, "Acme", "inactive")}, 2, nil},
		{
			"the lowest id", "Acme",
			[]rules.Company{company(9, "Acme", "active"), company(3, "ACME", "active"), company(5, "acme", "active")},
			3,
			[]int64{3, 5, 9},
		},
		{
			"active before a lower id", "Acme",
			[]rules.Company{company(1, "Acme", "inactive"), company(2, "Acme", "interested"), company(8, "Acme", "active"), company(9, "Acme", "active")},
			8,
			[]int64{8, 9, 1, 2},
		},
		{"300 characters and a truncated name", long, []rules.Company{company(4, strings.Repeat("É", 255), "active")}, 4, nil},
		{"300 characters and the full name", long, []rules.Company{company(4, long, "active")}, 4, nil},
		{"empty names do not match", "", []rules.Company{company(1, "", "active"), company(2, " ", "active")}, 0, nil},
		{"unprintable names do not match", "\x00", []rules.Company{company(1, "", "active"), company(2, "\x00", "active")}, 0, nil},
		{"the substitute for an empty name", "", []rules.Company{company(6, "organization 7", "active")}, 6, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			decision := rules.DecideCompany(rules.Organization{ID: 7, Name: test.organization}, nil, test.candidates)
			require.Nil(t, decision.Name)
			require.Nil(t, decision.Comments)
			require.Equal(t, test.ambiguous, decision.Ambiguous)
			if test.want == 0 {
				require.Equal(t, rules.CompanyDecision{Action: rules.Create}, decision)
				return
			}
			require.Equal(t, rules.Match, decision.Action)
			require.Equal(t, test.want, decision.Company.ID)
		})
	}
}

// The order in which Accelo lists companies does not matter.
func TestDecideCompanyIgnoresOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"", " ", "Acme", "ACME ", "Apex"})
		candidates := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) rules.Company {
			return rules.Company{
				ID: rapid.Int64Range(1, 50).Draw(t, "id"), Name: name.Draw(t, "name"),
				Standing: rapid.SampledFrom([]string{"active", "inactive", "interested", ""}).Draw(t, "standing"),
			}
		}), 0, 8, func(c rules.Company) int64 { return c.ID }).Draw(t, "candidates")
		organization := rules.Organization{ID: 1, Name: name.Draw(t, "organization")}
		decision := rules.DecideCompany(organization, nil, candidates)
		require.Equal(t, decision, rules.DecideCompany(organization, nil, rapid.Permutation(candidates).Draw(t, "shuffled")))
		for _, other := range candidates {
			if !rules.SameName(other.Name, organization.CompanyName()) {
				continue
			}
			require.Equal(t, rules.Match, decision.Action)
			better := other.Standing == "active" && decision.Company.Standing != "active"
			require.False(t, better, "%+v is active", other)
			if (other.Standing == "active") == (decision.Company.Standing == "active") {
				require.LessOrEqual(t, decision.Company.ID, other.ID)
			}
		}
	})
}

// A linked company is compared field by field, whatever its name.
func TestDecideCompanyLinked(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "old"}
	baseline := rules.CompanyBaseline(organization, nil, stored(organization), rules.CompanyDecision{Action: rules.Create})
	for _, test := range []struct {
		name         string
		organization rules.Organization
		company      rules.Company
		want         rules.CompanyDecision
	}{
		{
			"nothing changed", organization,
			rules.Company{ID: 3, Name: "Acme", Comments: "old"},
			rules.CompanyDecision{Action: rules.NoChange},
		},
		{
			"NinjaOne's change is written",
			rules.Organization{ID: 7, Name: "Apex", Description: "new"},
			rules.Company{ID: 3, Name: "Acme", Comments: "old"},
			rules.CompanyDecision{Action: rules.Update, Name: text("Apex"), Comments: text("new")},
		},
		{
			"a removed description clears the comments",
			rules.Organization{ID: 7, Name: "Acme"},
			rules.Company{ID: 3, Name: "Acme", Comments: "old"},
			rules.CompanyDecision{Action: rules.Update, Comments: text("")},
		},
		{
			"a manual name is kept, NinjaOne's description is written",
			rules.Organization{ID: 7, Name: "Apex", Description: "new"},
			rules.Company{ID: 3, Name: "Acme Inc.", Comments: "old"},
			rules.CompanyDecision{
				Action: rules.Update, Comments: text("new"),
				ManualChanges: []rules.ManualChange{{Field: "name", Accelo: "Acme Inc.", Ninja: "Apex"}},
			},
		},
		{
			"a manual change is reported even if NinjaOne did not change", organization,
			rules.Company{ID: 3, Name: "Acme", Comments: "call first"},
			rules.CompanyDecision{
				Action:        rules.NoChange,
				ManualChanges: []rules.ManualChange{{Field: "comments", Accelo: "call first", Ninja: "old"}},
			},
		},
		{
			"both changed to the same value",
			rules.Organization{ID: 7, Name: "Apex", Description: "old"},
			rules.Company{ID: 3, Name: "Apex", Comments: "old"},
			rules.CompanyDecision{Action: rules.NoChange, Learned: rules.Baseline{"name": {Ninja: "Apex", Accelo: "Apex"}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.want.Company = test.company
			require.Equal(t, test.want, rules.DecideCompany(test.organization, baseline, []rules.Company{test.company}))
		})
	}
}

// A company that was not read is left alone, because its current values are unknown.
func TestDecideCompanyNotRead(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "old"}
	baseline := rules.CompanyBaseline(organization, nil, stored(organization), rules.CompanyDecision{Action: rules.Create})
	require.Equal(t, rules.NoChange, rules.DecideCompany(organization, baseline, nil).Action)
	organization.Name = "Apex"
	decision := rules.DecideCompany(organization, baseline, nil)
	require.Equal(t, rules.NoChange, decision.Action)
	require.Nil(t, decision.Name)
	require.Nil(t, decision.Comments)
	require.Equal(t, baseline, rules.CompanyBaseline(organization, baseline, decision.Company, decision), "NinjaOne's change stays pending")
}

// After both sides agree again, NinjaOne's later changes come through.
func TestDecideCompanyAgreesAgain(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme"}
	baseline := rules.CompanyBaseline(organization, nil, stored(organization), rules.CompanyDecision{Action: rules.Create})
	for _, name := range []string{"Apex", "Apollo"} {
		organization.Name = name
		decision := rules.DecideCompany(organization, baseline, []rules.Company{stored(organization)})
		require.Equal(t, rules.NoChange, decision.Action)
		require.Empty(t, decision.ManualChanges)
		baseline = rules.CompanyBaseline(organization, baseline, decision.Company, decision)
	}
	organization.Name = "Argos"
	decision := rules.DecideCompany(organization, baseline, []rules.Company{{ID: 3, Name: "Apollo"}})
	require.Equal(t, "Argos", *decision.Name)
}

// A reply without the comments, or with what was sent, leaves open how they are stored: the next reading shows it. A form that the text can't
// have become is an edit.
func TestDecideCompanyLearnsStoredForms(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "🚀 Acme", Description: "<b>Head</b> office"}
	without := rules.Company{ID: 3, Missing: []string{rules.CommentsField}}
	for name, reply := range map[string]rules.Company{"without values": without, "with what was sent": stored(organization)} {
		baseline := rules.CompanyBaseline(organization, nil, reply, rules.CompanyDecision{Action: rules.Create})
		shown := rules.Company{ID: 3, Name: "? Acme", Comments: "Head office\n"}
		decision := rules.DecideCompany(organization, baseline, []rules.Company{shown})
		require.Equal(t, rules.CompanyDecision{Action: rules.NoChange, Company: shown, Learned: rules.Baseline{
			"name": {Ninja: "🚀 Acme", Accelo: "? Acme"}, "comments": {Ninja: "<b>Head</b> office", Accelo: "Head office\n"},
		}}, decision, name)
		baseline = rules.CompanyBaseline(organization, baseline, shown, decision)

		shown.Comments = "Head"
		decision = rules.DecideCompany(organization, baseline, []rules.Company{shown})
		require.Len(t, decision.ManualChanges, 1, name)
		require.Empty(t, decision.Learned, name)
		renamed := organization
		renamed.Name = "Apex"
		require.Equal(t, "Apex", *rules.DecideCompany(renamed, baseline, []rules.Company{shown}).Name, name)
	}
}

// What the reply shows is the baseline, in whatever form. One that still holds the old value shows nothing.
func TestCompanyBaselineTrustsReplies(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme"}
	created := rules.CompanyBaseline(organization, nil, rules.Company{ID: 3, Name: "ACME CORP"}, rules.CompanyDecision{Action: rules.Create})
	require.Equal(t, rules.Value{Ninja: "Acme", Accelo: "ACME CORP"}, created["name"])
	organization.Name = "Apex"
	decision := rules.DecideCompany(organization, created, []rules.Company{{ID: 3, Name: "ACME CORP"}})
	require.Equal(t, "Apex", *decision.Name)
	ignored := rules.CompanyBaseline(organization, created, rules.Company{ID: 3, Name: "ACME CORP"}, decision)
	require.Equal(t, rules.Value{Ninja: "Apex", Accelo: "Apex", Unread: true}, ignored["name"])
	require.Len(t, rules.DecideCompany(organization, ignored, []rules.Company{{ID: 3, Name: "ACME CORP"}}).ManualChanges, 1, "so someone sees it")
}

// A field that a reading does not contain is left alone, unless it was empty.
func TestDecideCompanyWithoutComments(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "old"}
	baseline := rules.CompanyBaseline(organization, nil, stored(organization), rules.CompanyDecision{Action: rules.Create})
	absent := rules.Company{ID: 3, Name: "Acme", Missing: []string{rules.CommentsField}}
	require.Equal(t, rules.CompanyDecision{Action: rules.NoChange, Company: absent}, rules.DecideCompany(organization, baseline, []rules.Company{absent}))
	organization.Description = "new"
	require.Nil(t, rules.DecideCompany(organization, baseline, []rules.Company{absent}).Comments, "someone may have changed it")
	baseline["comments"] = rules.Value{}
	require.Equal(t, "new", *rules.DecideCompany(organization, baseline, []rules.Company{absent}).Comments)
}

// Accelo may change the line endings of a text. That is not a manual change.
func TestDecideCompanyLineEndings(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "one\ntwo"}
	baseline := rules.CompanyBaseline(organization, nil, stored(organization), rules.CompanyDecision{Action: rules.Create})
	organization.Description = "three"
	seen := rules.Company{ID: 5, Name: "Acme", Comments: "one\r\ntwo"}
	decision := rules.DecideCompany(organization, baseline, []rules.Company{seen})
	require.Equal(t, "three", *decision.Comments)
	require.Empty(t, decision.ManualChanges)
}

// A match writes nothing. The company's values become the baseline for NinjaOne's next change.
func TestCompanyBaselineAfterMatch(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "a customer"}
	found := rules.Company{ID: 3, Name: "ACME", Comments: "pays late"}
	baseline := rules.CompanyBaseline(organization, nil, found, rules.CompanyDecision{Action: rules.Match, Company: found})
	require.Equal(t, rules.Baseline{
		"name": {Ninja: "Acme", Accelo: "ACME"}, "comments": {Ninja: "a customer", Accelo: "pays late"},
	}, baseline)
	decision := rules.DecideCompany(organization, baseline, []rules.Company{found})
	require.Equal(t, rules.NoChange, decision.Action)
	require.Empty(t, decision.ManualChanges)
}

func TestBaselineClone(t *testing.T) {
	t.Parallel()
	require.NotNil(t, rules.Baseline(nil).Clone())
	original := rules.Baseline{"name": {Ninja: "a"}}
	original.Clone()["name"] = rules.Value{Ninja: "b"}
	require.Equal(t, "a", original["name"].Ninja)
}

// NinjaOne's value of a custom field is what was written, and Accelo's what a reply or a reading shows.
func TestCustomFieldBaseline(t *testing.T) {
	t.Parallel()
	role, link := rules.Fields()[6], rules.Fields()[5]
	baseline := rules.Baseline{}
	baseline.WroteField("role", "<b>Servers</b>", "Servers", 81)
	require.Equal(t, rules.Value{Ninja: "<b>Servers</b>", Accelo: "Servers", ID: 81}, baseline["role"])
	baseline.WroteField("role", "", "", 0)
	require.Equal(t, rules.Value{ID: 81}, baseline["role"], "the value's id is kept")

	baseline = rules.Baseline{"role": {Ninja: "Servers", Accelo: "Servers"}}
	baseline.ReadField(role, nil, "by hand", 81)
	require.Equal(t, rules.Value{Ninja: "Servers", Accelo: "by hand", ID: 81}, baseline["role"], "an edit stays until NinjaOne changes")
	baseline.ReadField(role, text("Laptops"), "by hand", 81)
	require.Equal(t, "Servers", baseline["role"].Ninja, "still to be written")
	baseline.ReadField(role, text("Laptops"), "Laptops\n", 81)
	require.Equal(t, "Laptops", baseline["role"].Ninja, "an earlier attempt has written it")
	baseline.ReadField(link, text("https://app.ninjarmm.com/#/1"), "https://app.ninjarmm.com/#/1/", 82)
	require.Equal(t, "https://app.ninjarmm.com/#/1", baseline["ninja_url"].Ninja, "links come back normalized")
}

// stored returns the company of an organization in a deployment that stores every text as it is sent.
func stored(organization rules.Organization) rules.Company {
	return rules.Company{ID: 3, Name: organization.CompanyName(), Comments: organization.Description}
}

func text(s string) *string { return &s }
