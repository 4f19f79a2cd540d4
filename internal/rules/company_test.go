package rules_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// An organization that is not linked yet takes the company of its name: an active one first, then the lowest id
// (contract accelo 4.8).
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
		{"nobody there", "Acme", nil, 0, nil},
		{"nobody of that name", "Acme", []rules.Company{company(1, "Acme Ltd", "active"), company(2, "", "active")}, 0, nil},
		{"the one", "Acme", []rules.Company{company(1, "Apex", "active"), company(2, "Acme", "active")}, 2, nil},
		{"spelled otherwise", "Cafe\u0301  ACME", []rules.Company{company(2, " Café Acme\n", "active")}, 2, nil},
		{"inactive is better than another", "Acme", []rules.Company{company(2, "Acme", "inactive")}, 2, nil},
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
		{"300 characters against a cut name", long, []rules.Company{company(4, strings.Repeat("É", 255), "active")}, 4, nil},
		{"300 characters against the whole name", long, []rules.Company{company(4, long, "active")}, 4, nil},
		{"an empty name is no name", "", []rules.Company{company(1, "", "active"), company(2, " ", "active")}, 0, nil},
		{"a name that cannot be shown", "\x00", []rules.Company{company(1, "", "active"), company(2, "\x00", "active")}, 0, nil},
		{"what stands for an empty name", "", []rules.Company{company(6, "organization 7", "active")}, 6, nil},
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

// Which company is taken does not depend on the order in which Accelo lists them.
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

// A linked company is looked at by itself, whatever it is called now.
func TestDecideCompanyLinked(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "old"}
	written := rules.CompanyBaseline(organization, nil, rules.Company{}, rules.CompanyDecision{Action: rules.Create})
	for _, test := range []struct {
		name         string
		organization rules.Organization
		company      rules.Company
		decide       rules.CompanyDecision
	}{
		{
			"nothing changed", organization,
			rules.Company{ID: 3, Name: "Acme", Comments: "old"},
			rules.CompanyDecision{Action: rules.NoChange},
		},
		{
			"NinjaOne's change goes through",
			rules.Organization{ID: 7, Name: "Apex", Description: "new"},
			rules.Company{ID: 3, Name: "Acme", Comments: "old"},
			rules.CompanyDecision{Action: rules.Update, Name: text("Apex"), Comments: text("new")},
		},
		{
			"a description that was removed is emptied",
			rules.Organization{ID: 7, Name: "Acme"},
			rules.Company{ID: 3, Name: "Acme", Comments: "old"},
			rules.CompanyDecision{Action: rules.Update, Comments: text("")},
		},
		{
			"a person's name stays, NinjaOne's description goes through",
			rules.Organization{ID: 7, Name: "Apex", Description: "new"},
			rules.Company{ID: 3, Name: "Acme Inc.", Comments: "old"},
			rules.CompanyDecision{
				Action: rules.Update, Comments: text("new"),
				ManualChanges: []rules.ManualChange{{Field: "name", Accelo: "Acme Inc.", Ninja: "Apex"}},
			},
		},
		{
			"a person's change shows even where NinjaOne's did not change", organization,
			rules.Company{ID: 3, Name: "Acme", Comments: "call first"},
			rules.CompanyDecision{
				Action:        rules.NoChange,
				ManualChanges: []rules.ManualChange{{Field: "comments", Accelo: "call first", Ninja: "old"}},
			},
		},
		{
			"both changed to the same",
			rules.Organization{ID: 7, Name: "Apex", Description: "old"},
			rules.Company{ID: 3, Name: "Apex", Comments: "old"},
			rules.CompanyDecision{Action: rules.NoChange},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.decide.Company = test.company
			require.Equal(t, test.decide, rules.DecideCompany(test.organization, written, []rules.Company{test.company}))
		})
	}
}

// A company that no listing showed is left alone: nobody knows what a person has made of it.
func TestDecideCompanyUnseen(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "old"}
	written := rules.CompanyBaseline(organization, nil, rules.Company{}, rules.CompanyDecision{Action: rules.Create})
	require.Equal(t, rules.NoChange, rules.DecideCompany(organization, written, nil).Action)
	organization.Name = "Apex"
	decision := rules.DecideCompany(organization, written, nil)
	require.Equal(t, rules.NoChange, decision.Action)
	require.Nil(t, decision.Name)
	require.Nil(t, decision.Comments)
	require.Equal(t, written, rules.CompanyBaseline(organization, written, decision.Company, decision), "the change is still to be seen")
}

// Accelo may change the line ends of a text by itself; that is no person's doing.
func TestDecideCompanyCommentsInAnotherDress(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "one\ntwo"}
	written := rules.CompanyBaseline(organization, nil, rules.Company{}, rules.CompanyDecision{Action: rules.Create})
	organization.Description = "three"
	seen := rules.Company{ID: 5, Name: "Acme", Comments: "one\r\ntwo"}
	decision := rules.DecideCompany(organization, written, []rules.Company{seen})
	require.Equal(t, "three", *decision.Comments)
	require.Empty(t, decision.ManualChanges)
}

// A match writes nothing: what stood in the company is what NinjaOne's next change is compared with.
func TestCompanyWrittenAfterMatch(t *testing.T) {
	t.Parallel()
	organization := rules.Organization{ID: 7, Name: "Acme", Description: "a customer"}
	found := rules.Company{ID: 3, Name: "ACME", Comments: "pays late"}
	written := rules.CompanyBaseline(organization, nil, found, rules.CompanyDecision{Action: rules.Match, Company: found})
	require.Equal(t, rules.Baseline{
		"name": {Ninja: "Acme", Accelo: "ACME"}, "comments": {Ninja: "a customer", Accelo: "pays late"},
	}, written)
	decision := rules.DecideCompany(organization, written, []rules.Company{found})
	require.Equal(t, rules.NoChange, decision.Action)
	require.Empty(t, decision.ManualChanges)
}

func TestWrittenClone(t *testing.T) {
	t.Parallel()
	require.NotNil(t, rules.Baseline(nil).Clone())
	original := rules.Baseline{"name": {Ninja: "a"}}
	original.Clone()["name"] = rules.Value{Ninja: "b"}
	require.Equal(t, "a", original["name"].Ninja)
}

func TestRecordField(t *testing.T) {
	t.Parallel()
	written := rules.Baseline{}
	written.RecordField("role", "Servers", 81)
	require.Equal(t, rules.Value{Ninja: "Servers", Accelo: "Servers", ID: 81}, written["role"])
	written.RecordField("role", "", 0)
	require.Equal(t, rules.Value{ID: 81}, written["role"], "the id of a value that exists is kept")
}

func text(s string) *string { return &s }
