package rules_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// A name is recognized in what systems make of it, and never in a name that a person would give to another customer.
func TestNameMayBecome(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Planet Express ", 8)
	for name, forms := range map[string]struct{ may, mayNot []string }{
		"Emoji Bakery 🍞🥐": {
			may:    []string{"Emoji Bakery ??", "Emoji Bakery ????????", "Emoji Bakery", "EMOJI  BAKERY \ufffd\ufffd"},
			mayNot: []string{"Emoji Bakery 🍞🥐", "Emoji Bakery 🍞", "Emoji", "Emoji Bakery North", "Bakery ??", "??", ""},
		},
		"Łódź Acme":           {may: []string{"?ód? Acme", "??ód?? Acme"}, mayNot: []string{"ód Acme", "Lodz Acme", "Acme"}},
		"Čez":                 {mayNot: []string{"ez", "?ez"}},
		"日本電気":                {mayNot: []string{"????", "", "日本"}},
		"東京商事 Ltd":            {mayNot: []string{"???? Ltd", "Ltd"}},
		"Магазин GmbH":        {mayNot: []string{"??????? GmbH", "GmbH"}},
		"Mu\u0308ller Bau":    {mayNot: []string{"Muller Bau"}},
		"राम Stores":          {mayNot: []string{"रम Stores", "??? Stores"}},
		"Café ☕️ Nord":        {may: []string{"Café Nord", "Café ?? Nord"}, mayNot: []string{"Cafe Nord", "Caf? Nord"}},
		"Smith <i>&</i> Son":  {may: []string{"Smith & Son", "Smith  & Son"}, mayNot: []string{"Smith", "Smith <South> & Son", "Smith North & Son"}},
		"Smith <North> & Son": {mayNot: []string{"Smith & Son", "Smith", "Smith <South> & Son"}},
		"Acme <B>":            {may: []string{"Acme"}, mayNot: []string{"Acm", "Ac"}},
		"Acme Company North":  {mayNot: []string{"Acme Company", "Acme Company N", "Acme ?ompany North"}},
		long:                  {may: []string{long[:100], long[:110]}, mayNot: []string{long[:90]}},
	} {
		for _, stored := range forms.may {
			require.True(t, rules.NameMayBecome(name, stored), "%q may become %q", name, stored)
		}
		for _, stored := range forms.mayNot {
			require.False(t, rules.NameMayBecome(name, stored), "%q may not become %q", name, stored)
		}
	}
}

// What is in angle brackets may get lost as a whole, and nothing else.
func TestNameMayLack(t *testing.T) {
	t.Parallel()
	require.True(t, rules.NameMayLack("Newcomer 60 <Müller & Söhne> 🚀", "newcomer 60  🚀"))
	require.True(t, rules.NameMayLack("Smith <North>", "Smith"))
	for stored, name := range map[string]string{"Smith": "Smith", "Smit": "Smith <North>", "Smith <North>": "Smith <North>", "AB": "AB <North>", "": "<North>"} {
		require.False(t, rules.NameMayLack(name, stored), "%q, %q", name, stored)
	}
}

// A company is recognized only if it can be no other organization's.
func TestStoredNamesake(t *testing.T) {
	t.Parallel()
	bakery := rules.Organization{ID: 1, Name: "Bakery 🍞"}
	company := func(id int64, name, standing string) rules.Company {
		return rules.Company{ID: id, Name: name, Standing: standing}
	}
	for _, test := range []struct {
		name       string
		others     []string
		candidates []rules.Company
		want       int64
		ambiguous  []int64
	}{
		{name: "one", others: []string{"Smith"}, candidates: []rules.Company{company(7, "Smith", "active"), company(8, "Bakery ?", "active")}, want: 8},
		{name: "none", candidates: []rules.Company{company(7, "Bakery North", "active")}},
		{name: "another organization has the name", others: []string{"bakery ?"}, candidates: []rules.Company{company(8, "Bakery ?", "active")}},
		{name: "another organization may have it", others: []string{"Bakery 🥐"}, candidates: []rules.Company{company(8, "Bakery ?", "active")}},
		{name: "two forms", candidates: []rules.Company{company(8, "Bakery ?", "active"), company(9, "Bakery", "active")}},
		{
			name: "twice the same", candidates: []rules.Company{company(8, "Bakery ?", "inactive"), company(9, "BAKERY ?", "active")},
			want: 9, ambiguous: []int64{9, 8},
		},
	} {
		decision := rules.StoredNamesake(bakery, test.others, test.candidates)
		require.Equal(t, test.want, decision.Company.ID, test.name)
		require.Equal(t, test.want != 0, decision.Action == rules.Match, test.name)
		require.Equal(t, test.ambiguous, decision.Ambiguous, test.name)
	}
}
