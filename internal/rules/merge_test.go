package rules_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// sides holds one field's values in NinjaOne and Accelo.
type sides struct{ ninja, accelo string }

// lastSync holds both values of each shared field at the time of the last sync. It is the test's independent baseline.
type lastSync map[string]sides

// check checks that a sync writes NinjaOne's change if and only if Accelo's value is unchanged, and that it keeps and reports a manual
// change.
func (l lastSync) check(t *rapid.T, field string, now sides, write *string, changes []rules.ManualChange) {
	last := l[field]
	manual, changed := now.accelo != last.accelo, now.ninja != last.ninja
	switch {
	case now.ninja == now.accelo:
		require.Nil(t, write, "%s is already equal", field)
		require.NotContains(t, fieldsOf(changes), field)
	case manual:
		require.Nil(t, write, "a manual change of %s is overwritten", field)
		require.Contains(t, changes, rules.ManualChange{Field: field, Accelo: now.accelo, Ninja: now.ninja})
	case changed:
		require.NotNil(t, write, "NinjaOne's new %s is not written", field)
		require.Equal(t, now.ninja, *write)
		require.NotContains(t, fieldsOf(changes), field)
	default:
		require.Nil(t, write, "%s did not change", field)
		require.NotContains(t, fieldsOf(changes), field)
	}
	if now.ninja == now.accelo || write != nil {
		l[field] = sides{now.ninja, now.ninja}
	}
}

func fieldsOf(changes []rules.ManualChange) []string {
	names := make([]string, 0, len(changes))
	for _, change := range changes {
		names = append(names, change.Field)
	}
	return names
}

// companyModel is an organization, its company, and the baseline between them.
type companyModel struct {
	organization rules.Organization
	company      rules.Company
	baseline     rules.Baseline
	lastSync     lastSync
	names, texts *rapid.Generator[string]
}

// Whatever changes in NinjaOne and Accelo, and in whatever order, each sync writes exactly what it should.
func TestCompanySequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := companyModel{
			names:    rapid.OneOf(rapid.SampledFrom([]string{"Acme", "ACME", "Apex", " Acme ", ""}), nastyText()),
			texts:    rapid.OneOf(rapid.SampledFrom([]string{"", "one", "two\r\nlines", " one "}), rapid.String()),
			lastSync: lastSync{},
		}
		m.organization = rules.Organization{ID: 7, Name: m.names.Draw(t, "name"), Description: m.texts.Draw(t, "description")}
		m.link(t, rapid.Bool().Draw(t, "is matched"))
		t.Repeat(map[string]func(*rapid.T){
			"NinjaOne renames":   func(t *rapid.T) { m.organization.Name = m.names.Draw(t, "name") },
			"NinjaOne describes": func(t *rapid.T) { m.organization.Description = m.texts.Draw(t, "description") },
			"user renames":       func(t *rapid.T) { m.company.Name = rules.CleanName(m.names.Draw(t, "name")) },
			"user comments":      func(t *rapid.T) { m.company.Comments = m.texts.Draw(t, "comments") },
			"sync":               m.sync,
		})
		m.sync(t)
	})
}

// link creates the company or adopts one.
func (m *companyModel) link(t *rapid.T, matched bool) {
	name, comments := m.organization.CompanyName(), m.organization.Description
	m.company = rules.Company{ID: 3, Name: name, Comments: comments, Standing: "active"}
	decision := rules.CompanyDecision{Action: rules.Create}
	if matched {
		m.company.Comments = m.texts.Draw(t, "comments")
		decision = rules.DecideCompany(m.organization, nil, []rules.Company{m.company})
		require.Equal(t, rules.Match, decision.Action)
	}
	m.baseline = rules.CompanyBaseline(m.organization, nil, m.company, decision)
	m.lastSync["name"], m.lastSync["comments"] = sides{name, m.company.Name}, sides{comments, m.company.Comments}
}

func (m *companyModel) sync(t *rapid.T) {
	decision := rules.DecideCompany(m.organization, m.baseline, []rules.Company{m.company})
	require.Equal(t, decision.Name != nil || decision.Comments != nil, decision.Action == rules.Update)
	m.lastSync.check(t, "name", sides{m.organization.CompanyName(), m.company.Name}, decision.Name, decision.ManualChanges)
	m.lastSync.check(t, "comments", sides{m.organization.Description, m.company.Comments}, decision.Comments, decision.ManualChanges)
	before := maps.Clone(m.baseline)
	if decision.Name != nil {
		m.company.Name = *decision.Name
	}
	if decision.Comments != nil {
		m.company.Comments = *decision.Comments
	}
	after := rules.CompanyBaseline(m.organization, m.baseline, decision.Company, decision)
	require.Equal(t, before, m.baseline, "the old baseline is not modified")
	m.baseline = after

	again := rules.DecideCompany(m.organization, m.baseline, []rules.Company{m.company})
	require.Equal(t, rules.NoChange, again.Action, "a second sync writes again")
	require.Equal(t, decision.ManualChanges, again.ManualChanges)
}
