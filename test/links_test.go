package test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type linkReport struct {
	Kind           string            `json:"kind"`
	NinjaID        string            `json:"ninja_id"`
	OrganizationID int               `json:"organization_id"`
	Name           string            `json:"name"`
	State          string            `json:"state"`
	AcceloID       int64             `json:"accelo_id"`
	CompanyID      int64             `json:"company_id"`
	AffiliationID  int64             `json:"affiliation_id"`
	ManualChanges  []json.RawMessage `json:"differences"`
	Problem        string            `json:"problem,omitempty"`
	WrittenAt      *time.Time        `json:"written_at"`
	GoneAt         *time.Time        `json:"gone_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
}

type linksReport struct {
	Connection string       `json:"connection"`
	Total      int          `json:"total"`
	Links      []linkReport `json:"links"`
}

type showReport struct {
	Connection string          `json:"connection"`
	Link       json.RawMessage `json:"link"`
	History    []struct {
		At         time.Time       `json:"at"`
		Actor      string          `json:"actor,omitempty"`
		WorkflowID string          `json:"workflow_id,omitempty"`
		ImportID   string          `json:"import_id,omitempty"`
		Outcome    string          `json:"outcome,omitempty"`
		State      string          `json:"state"`
		AcceloID   int64           `json:"accelo_id"`
		Changes    json.RawMessage `json:"changes"`
	} `json:"history"`
}

// links returns what `starter links list` finds.
func (e *testEnv) links(arguments ...string) []linkReport {
	e.t.Helper()
	result := e.starter(append([]string{"links", "list", "--json"}, arguments...)...)
	require.Equal(e.t, 0, result.Code, result.Stderr)
	report := decodeStrict[linksReport](e.t, result.Stdout)
	require.Equal(e.t, len(report.Links), report.Total)
	return report.Links
}

func (e *testEnv) show(kind, id string) showReport {
	e.t.Helper()
	result := e.starter("links", "show", kind, id, "--json")
	require.Equal(e.t, 0, result.Code, result.Stderr)
	return decodeStrict[showReport](e.t, result.Stdout)
}

// A record is found by name and by the ID of either side, and `starter links show` prints its history.
func TestLinksSearch(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 4, devices: 12})
	run := e.runImport()
	o := e.requireInSync()
	organization := o.ninja.Organizations[0]
	company := o.companyOf(organization)
	for _, search := range []string{organization.Name[1:], itoa(company.ID)} {
		found := e.links("--search", search, "--kind", "company")
		require.True(t, slices.ContainsFunc(found, func(l linkReport) bool {
			return l.Kind == "organization" && l.NinjaID == strconv.Itoa(organization.ID) && l.AcceloID == company.ID && l.Name == company.Name
		}), "%s: %v", search, found)
	}
	require.Len(t, e.links("--kind", "device", "--state", "linked"), o.approvedCount())
	require.Empty(t, e.links("--state", "waiting"))
	require.Empty(t, e.links("--search", "%"))

	shown := e.show("organization", strconv.Itoa(organization.ID))
	require.Len(t, shown.History, 1)
	require.Equal(t, []string{"full-import/default", run.RunID, "created", "linked"},
		[]string{shown.History[0].WorkflowID, shown.History[0].ImportID, shown.History[0].Outcome, shown.History[0].State})
	require.Contains(t, string(shown.History[0].Changes), `"name":{"to":`)
	words := e.starter("links", "show", "organization", strconv.Itoa(organization.ID)).Stdout
	require.Contains(t, words, "full-import/default")
	require.Contains(t, words, "company "+itoa(company.ID))
	require.Contains(t, e.starter("links", "list", "--limit", "1").Stdout, "1 of ")
}

// Wrong arguments end with an exit code and a message that names the mistake.
func TestLinksErrors(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	for _, test := range []struct {
		name, says string
		code       int
		arguments  []string
	}{
		{name: "no command", says: "choose one of these commands", code: 2, arguments: []string{"links"}},
		{name: "unknown kind", says: "unknown record kind", code: 2, arguments: []string{"links", "list", "--kind", "printer"}},
		{name: "unknown state", says: "--state", code: 2, arguments: []string{"links", "list", "--state", "lost"}},
		{name: "too few arguments", says: "arg", code: 2, arguments: []string{"relink", "device", "7"}},
		{name: "a contact", says: "belongs to its organization", code: 2, arguments: []string{"links", "forget", "contact", "7"}},
		{name: "an alert", says: "Use relink", code: 2, arguments: []string{"recreate", "alert", "x"}},
		{name: "unknown connection", says: `"nobody"`, code: 1, arguments: []string{"links", "list", "--connection", "nobody"}},
		{name: "unknown record", says: "not found", code: 1, arguments: []string{"links", "show", "device", "7"}},
		{name: "nothing to forget", says: "is not linked", code: 1, arguments: []string{"links", "forget", "device", "7"}},
		{name: "not set up", says: "starter connect", code: 1, arguments: []string{"relink", "device", "7", "8"}},
	} {
		result := e.starter(test.arguments...)
		require.Equal(t, test.code, result.Code, test.name)
		require.Contains(t, result.Stderr, test.says, test.name)
		require.Empty(t, result.Stdout, test.name)
	}
}
