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
	baseline := rules.CompanyBaseline(organization, nil, rules.Company{}, rules.CompanyDecision{Action: rules.Create})
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
			rules.CompanyDecision{Action: rules.NoChange},
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
	baseline := rules.CompanyBaseline(organization, nil, rules.Company{}, rules.CompanyDecision{Action: rules.Create})
	require.Equal(t, rules.NoChange, rules.DecideCompany(organization, baseline, nil).Action)
	organization.Name = "Apex"
	decision := rules.DecideCompany(organization, baseline, nil)
	require.Equal(t, rules.NoChange, decision.Action)
	require.Nil(t, decision.Name)
	require.Nil(t, decision.Comments)
	require.Equal(t, baseline, rules.CompanyBaseline(organization, baseline, decision.Company, decision), "NinjaOne's change stays pending")
}

// Accelo may change the line endings of a text. That is not a manual change.
func TestDecideCompanyLineEndings(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "one\ntwo"}
	baseline := rules.CompanyBaseline(organization, nil, rules.Company{}, rules.CompanyDecision{Action: rules.Create})
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

func TestRecordField(t *testing.T) {
	t.Parallel()
	baseline := rules.Baseline{}
	baseline.RecordField("role", "Servers", 81)
	require.Equal(t, rules.Value{Ninja: "Servers", Accelo: "Servers", ID: 81}, baseline["role"])
	baseline.RecordField("role", "", 0)
	require.Equal(t, rules.Value{ID: 81}, baseline["role"], "the value's id is kept")
}

func text(s string) *string { return &s }
