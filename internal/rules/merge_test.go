package rules_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// vendor is a deployment with its own way to store and to show texts, and to answer writes.
type vendor struct {
	forms []storageForm
	// replies is what a reply to a write holds: what is stored, what was sent, or nothing.
	replies string
}

func drawVendor(t *rapid.T) vendor {
	v := vendor{replies: rapid.SampledFrom([]string{"stored", "sent", "nothing"}).Draw(t, "replies")}
	if rapid.Bool().Draw(t, "is plain") {
		return v
	}
	for _, form := range storageForms() {
		if rapid.IntRange(0, 5).Draw(t, form.name) == 0 {
			v.forms = append(v.forms, form)
		}
	}
	return v
}

// shows returns the form in which a text that was entered is read.
func (v vendor) shows(text string) string {
	for _, form := range v.forms {
		text = form.do(text)
	}
	return text
}

// showsName is shows for a text that can't be empty: such a vendor keeps what it can't store otherwise.
func (v vendor) showsName(text string) string {
	if shown := v.shows(text); rules.CleanName(shown) != "" {
		return shown
	}
	return text
}

// reply returns what the reply to a write shows of a text, nil for nothing.
func (v vendor) reply(text string, shows func(string) string) *string {
	switch v.replies {
	case "stored":
		text = shows(text)
	case "nothing":
		return nil
	}
	return &text
}

// sides holds one field's values in NinjaOne and Accelo.
type sides struct{ ninja, accelo string }

// lastSync holds both values of each shared field at the time of the last sync, Accelo's as it is read. It is the test's independent
// baseline.
type lastSync map[string]sides

// unread marks the fields that were written, and of which no reading has shown the stored form since.
type unread map[string]bool

// read is called after a sync: a reading that shows a manual change does not show the stored form.
func (u unread) read(changes []rules.ManualChange) {
	maps.DeleteFunc(u, func(field string, _ bool) bool { return !slices.Contains(fieldsOf(changes), field) })
}

// withoutDoubt returns Accelo's value, or the one before a user's edit that can't be told from what the vendor may have made of ours: either
// no reading has shown that yet, or NinjaOne has changed to such a value at the same time.
func (l lastSync) withoutDoubt(u unread, field string, now sides) string {
	last, kind := l[field], rules.TextField
	edited, changed := !kind.Same(now.accelo, last.accelo), !kind.Same(now.ninja, last.ninja)
	if edited && (u[field] && kind.MayBecome(last.ninja, now.accelo) || changed && kind.MayBecome(now.ninja, now.accelo)) {
		return last.accelo
	}
	return now.accelo
}

// check checks that a sync writes NinjaOne's change if and only if Accelo's value is unchanged, and that it keeps and reports a manual
// change.
func (l lastSync) check(t *rapid.T, field string, now sides, write *string, changes []rules.ManualChange) {
	last, kind := l[field], rules.TextField
	edited, changed := !kind.Same(now.accelo, last.accelo), !kind.Same(now.ninja, last.ninja)
	switch {
	case kind.Same(now.ninja, now.accelo) && (edited || changed):
		require.Nil(t, write, "%s is already equal", field)
		require.NotContains(t, fieldsOf(changes), field)
	case edited:
		require.Nil(t, write, "a manual change of %s is overwritten", field)
		require.Contains(t, changes, rules.ManualChange{Field: field, Accelo: now.accelo, Ninja: now.ninja})
	case changed:
		require.NotNil(t, write, "NinjaOne's new %s is not written", field)
		require.Equal(t, now.ninja, *write)
		require.NotContains(t, fieldsOf(changes), field)
	default:
		require.Nil(t, write, "%s did not change", field)
		require.NotContains(t, fieldsOf(changes), field, "%q is a stored form of %q", now.accelo, now.ninja)
	}
	if kind.Same(now.ninja, now.accelo) {
		l[field] = now
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
	vendor       vendor
	organization rules.Organization
	company      rules.Company // as it is read
	baseline     rules.Baseline
	lastSync     lastSync
	unread       unread
	names, texts *rapid.Generator[string]
}

// Whatever changes in NinjaOne and Accelo, in whatever order, and in whatever form Accelo stores it, each sync writes exactly what it should.
func TestCompanySequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := companyModel{
			vendor:   drawVendor(t),
			names:    rapid.OneOf(rapid.SampledFrom([]string{"Acme", "ACME", "Apex", " Acme ", ""}), sentText(), nastyText()),
			texts:    rapid.OneOf(rapid.SampledFrom([]string{"", "one", "two\r\nlines", " one "}), sentText(), rapid.String()),
			lastSync: lastSync{}, unread: unread{},
		}
		m.organization = rules.Organization{ID: 7, Name: m.names.Draw(t, "name"), Description: m.texts.Draw(t, "description")}
		m.link(t, rapid.Bool().Draw(t, "is matched"))
		t.Repeat(map[string]func(*rapid.T){
			"NinjaOne renames":   func(t *rapid.T) { m.organization.Name = m.names.Draw(t, "name") },
			"NinjaOne describes": func(t *rapid.T) { m.organization.Description = m.texts.Draw(t, "description") },
			"user renames": func(t *rapid.T) {
				if name := rules.CleanName(m.names.Draw(t, "name")); name != "" {
					m.company.Name = m.vendor.showsName(name)
				}
			},
			"user comments": func(t *rapid.T) { m.company.Comments = m.vendor.shows(m.texts.Draw(t, "comments")) },
			"sync":          m.sync,
		})
		m.sync(t)
	})
}

// link creates the company or adopts one.
func (m *companyModel) link(t *rapid.T, matched bool) {
	name, comments := m.organization.CompanyName(), m.organization.Description
	if matched {
		found := rules.Company{ID: 3, Name: name, Comments: m.vendor.shows(m.texts.Draw(t, "comments")), Standing: "active"}
		m.company = found
		decision := rules.DecideCompany(m.organization, nil, []rules.Company{found})
		require.Equal(t, rules.Match, decision.Action)
		m.baseline = rules.CompanyBaseline(m.organization, nil, found, decision)
	} else {
		m.company = rules.Company{ID: 3, Standing: "active"}
		m.baseline = m.write(&name, &comments, nil, rules.CompanyDecision{Action: rules.Create})
	}
	m.lastSync["name"], m.lastSync["comments"] = sides{name, m.company.Name}, sides{comments, m.company.Comments}
}

// write stores what a decision writes and returns the baseline after the reply.
func (m *companyModel) write(name, comments *string, before rules.Baseline, decision rules.CompanyDecision) rules.Baseline {
	reply := m.company
	show := func(field string, value, stored, shown *string) {
		if value == nil {
			return
		}
		shows := m.vendor.shows
		if field == "name" {
			shows = m.vendor.showsName
		}
		*stored, m.unread[field] = shows(*value), true
		if told := m.vendor.reply(*value, shows); told != nil {
			*shown = *told
		} else {
			*shown, reply.Missing = "", append(reply.Missing, field)
		}
	}
	show("name", name, &m.company.Name, &reply.Name)
	show("comments", comments, &m.company.Comments, &reply.Comments)
	return rules.CompanyBaseline(m.organization, before, reply, decision)
}

func (m *companyModel) sync(t *rapid.T) {
	name, comments := m.organization.CompanyName(), m.organization.Description
	m.company.Name = m.lastSync.withoutDoubt(m.unread, "name", sides{name, m.company.Name})
	m.company.Comments = m.lastSync.withoutDoubt(m.unread, "comments", sides{comments, m.company.Comments})
	decision := rules.DecideCompany(m.organization, m.baseline, []rules.Company{m.company})
	require.Equal(t, decision.Name != nil || decision.Comments != nil, decision.Action == rules.Update)
	m.lastSync.check(t, "name", sides{name, m.company.Name}, decision.Name, decision.ManualChanges)
	m.lastSync.check(t, "comments", sides{comments, m.company.Comments}, decision.Comments, decision.ManualChanges)
	m.unread.read(decision.ManualChanges)
	before := maps.Clone(m.baseline)
	after := m.write(decision.Name, decision.Comments, m.baseline, decision)
	require.Equal(t, before, m.baseline, "the old baseline is not modified")
	m.baseline = after
	if decision.Name != nil {
		m.lastSync["name"] = sides{name, m.company.Name}
	}
	if decision.Comments != nil {
		m.lastSync["comments"] = sides{comments, m.company.Comments}
	}
	m.requireNoChanges(t, decision.ManualChanges)
}

// requireNoChanges checks that nothing is written again, that nothing new is found, and that after one reading nothing is left to learn.
func (m *companyModel) requireNoChanges(t *rapid.T, manual []rules.ManualChange) {
	baseline := m.baseline
	for again := range 2 {
		decision := rules.DecideCompany(m.organization, baseline, []rules.Company{m.company})
		require.Equal(t, rules.NoChange, decision.Action, "it is written again")
		require.Equal(t, manual, decision.ManualChanges)
		if again == 1 {
			require.Empty(t, decision.Learned)
		}
		baseline = rules.CompanyBaseline(m.organization, baseline, m.company, decision)
	}
}
