package rules_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// side is what one field holds in NinjaOne and in Accelo.
type side struct{ ninja, accelo string }

// ledger is what a bookkeeper who saw every change would know of the fields that people share with NinjaOne: what both
// sides held when they were last brought together.
type ledger map[string]side

// check demands of one sync that it writes NinjaOne's change exactly where nobody touched Accelo, that it keeps what a
// person changed and reports it, and that it does nothing else.
func (l ledger) check(t *rapid.T, field string, now side, write *string, differences []rules.ManualChange) {
	last := l[field]
	touched, changed := now.accelo != last.accelo, now.ninja != last.ninja
	switch {
	case now.ninja == now.accelo:
		require.Nil(t, write, "%s is the same already", field)
		require.NotContains(t, fieldsOf(differences), field)
	case touched:
		require.Nil(t, write, "a person's %s is overwritten", field)
		require.Contains(t, differences, rules.ManualChange{Field: field, Accelo: now.accelo, Ninja: now.ninja})
	case changed:
		require.NotNil(t, write, "NinjaOne's new %s does not go through", field)
		require.Equal(t, now.ninja, *write)
		require.NotContains(t, fieldsOf(differences), field)
	default:
		require.Nil(t, write, "%s did not change", field)
		require.NotContains(t, fieldsOf(differences), field)
	}
	if now.ninja == now.accelo || write != nil {
		l[field] = side{now.ninja, now.ninja}
	}
}

func fieldsOf(differences []rules.ManualChange) []string {
	names := make([]string, 0, len(differences))
	for _, difference := range differences {
		names = append(names, difference.Field)
	}
	return names
}

// companyWorld is an organization, its company, and what we wrote down.
type companyWorld struct {
	organization rules.Organization
	company      rules.Company
	written      rules.Baseline
	ledger       ledger
	names, texts *rapid.Generator[string]
}

// TestCompaniesInAnyHistory lets NinjaOne and people change a company's fields in any order, with syncs in between.
func TestCompaniesInAnyHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := companyWorld{
			names:  rapid.OneOf(rapid.SampledFrom([]string{"Acme", "ACME", "Apex", " Acme ", ""}), nastyText()),
			texts:  rapid.OneOf(rapid.SampledFrom([]string{"", "one", "two\r\nlines", " one "}), rapid.String()),
			ledger: ledger{},
		}
		w.organization = rules.Organization{ID: 7, Name: w.names.Draw(t, "name"), Description: w.texts.Draw(t, "description")}
		w.link(t, rapid.Bool().Draw(t, "is matched"))
		t.Repeat(map[string]func(*rapid.T){
			"NinjaOne renames":   func(t *rapid.T) { w.organization.Name = w.names.Draw(t, "name") },
			"NinjaOne describes": func(t *rapid.T) { w.organization.Description = w.texts.Draw(t, "description") },
			"a person renames":   func(t *rapid.T) { w.company.Name = rules.CleanName(w.names.Draw(t, "name")) },
			"a person comments":  func(t *rapid.T) { w.company.Comments = w.texts.Draw(t, "comments") },
			"sync":               w.sync,
		})
		w.sync(t)
	})
}

// link creates the company, or adopts one that a person made.
func (w *companyWorld) link(t *rapid.T, matched bool) {
	name, comments := w.organization.CompanyName(), w.organization.Description
	w.company = rules.Company{ID: 3, Name: name, Comments: comments, Standing: "active"}
	decision := rules.CompanyDecision{Action: rules.Create}
	if matched {
		w.company.Comments = w.texts.Draw(t, "comments")
		decision = rules.DecideCompany(w.organization, nil, []rules.Company{w.company})
		require.Equal(t, rules.Match, decision.Action)
	}
	w.written = rules.CompanyBaseline(w.organization, nil, w.company, decision)
	w.ledger["name"], w.ledger["comments"] = side{name, w.company.Name}, side{comments, w.company.Comments}
}

func (w *companyWorld) sync(t *rapid.T) {
	decision := rules.DecideCompany(w.organization, w.written, []rules.Company{w.company})
	require.Equal(t, decision.Name != nil || decision.Comments != nil, decision.Action == rules.Update)
	w.ledger.check(t, "name", side{w.organization.CompanyName(), w.company.Name}, decision.Name, decision.ManualChanges)
	w.ledger.check(t, "comments", side{w.organization.Description, w.company.Comments}, decision.Comments, decision.ManualChanges)
	before := maps.Clone(w.written)
	if decision.Name != nil {
		w.company.Name = *decision.Name
	}
	if decision.Comments != nil {
		w.company.Comments = *decision.Comments
	}
	after := rules.CompanyBaseline(w.organization, w.written, decision.Company, decision)
	require.Equal(t, before, w.written, "what was known before is left alone")
	w.written = after

	again := rules.DecideCompany(w.organization, w.written, []rules.Company{w.company})
	require.Equal(t, rules.NoChange, again.Action, "what was written is written again")
	require.Equal(t, decision.ManualChanges, again.ManualChanges)
}
