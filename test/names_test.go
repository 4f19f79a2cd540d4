package test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

// An organization with any name, however unusual, matches its company or gets a new one.
func TestNames(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	company := func(name, standing string) int64 {
		return e.accelo.actID("add-company", map[string]any{"name": name, "standing": standing})
	}
	twins := []int64{company("Twin Traders", "inactive"), company("twin  traders", "active"), company("TWIN TRADERS", "active")}
	matching := map[string]string{
		"Café Société (Paris), S.A.":  norm.NFD.String("CAFÉ société (paris), s.a."),
		"<b>Bold & Sons</b>":          "  <B>bold  &  SONS</B> ",
		"Emoji Bakery 🍞🥐":             "emoji bakery 🍞🥐",
		norm.NFD.String("Łódź Żagle"): "łódź  żagle",
		strings.Repeat("Long ", 60):   strings.TrimSpace(strings.Repeat("long ", 60)),
	}
	for _, name := range matching {
		company(name, "active")
	}
	e.initial = e.accelo.state()
	names := []string{
		"Twin Traders", "", "   ", "Same Name", "same\u00a0 name", "O'Brien \"The Printer\"", "100%; DROP TABLE companies--",
		"((Nested (Parentheses)), Inc.))", "name=value&x[]=1#top", "Back\\slash", "{{.Name}}<script>alert(1)</script>",
		strings.Repeat("é", 300), strings.Repeat("🍞", 300), "+1 (Plus) One, Inc.", "*", "%", "_", "مؤسسة النور", "東京ソフト株式会社",
	}
	names = append(names, slices.Sorted(maps.Keys(matching))...)
	organizations := map[string]int64{}
	for i, name := range names {
		organizations[name] = e.ninjaOne.actID("organizations", map[string]any{"name": name, "description": "Nr. 1 <i>&</i> \"more\""})
		device := e.ninjaOne.actID("devices", map[string]any{"organization_id": organizations[name], "node_class": "MAC"})
		titles := []string{name, norm.NFD.String("Gerät Ü"), strings.Repeat("d", 300), ""}[i%4]
		e.ninjaOne.act("devices/update", map[string]any{"id": device, "system_name": titles, "display_name": "", "dns_name": ""})
	}
	e.startWorker()
	require.Equal(t, 0, e.starter("connect").Code)

	report := e.runImport()
	require.Empty(t, report.Failures)
	o := e.requireInSync()
	require.Equal(t, counts{Created: len(names)}, report.Devices)
	// Matched are the five existing companies, the twins, and the second of the two organizations that share a name.
	require.Equal(t, counts{Matched: len(matching) + 2, Created: len(names) - len(matching) - 2}, report.Organizations)

	require.Len(t, report.Ambiguities, 1)
	require.Equal(t, strconv.FormatInt(organizations["Twin Traders"], 10), report.Ambiguities[0].NinjaID)
	for _, id := range twins {
		require.Contains(t, report.Ambiguities[0].Error, strconv.FormatInt(id, 10))
	}
	require.Contains(t, report.Ambiguities[0].Error, fmt.Sprintf("using %d", twins[1]))

	again := e.runImport()
	require.Equal(t, counts{Unchanged: len(names)}, again.Organizations)
	require.Equal(t, counts{Unchanged: o.approvedCount()}, again.Devices)
}

// A new name in NinjaOne changes the company's name, unless a user renamed the company in Accelo.
func TestRenamedOrganization(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 3, devices: 6})
	e.runImport()
	o := e.requireInSync()
	followed, kept := o.ninja.Organizations[0], o.ninja.Organizations[1]
	followedID, keptID := o.companyOf(followed).ID, o.companyOf(kept).ID
	e.accelo.act("rename-company", map[string]any{"id": keptID, "name": "Renamed by a user"})
	e.ninjaOne.act("organizations/rename", map[string]any{"id": followed.ID, "name": "Renamed (2026), Ltd"})
	e.ninjaOne.act("organizations/rename", map[string]any{"id": kept.ID, "name": "Renamed Too"})
	e.accelo.resetCounters()

	report := e.runImport()
	require.Equal(t, counts{Updated: 1, Unchanged: 2}, report.Organizations)
	require.Equal(t, 2, e.accelo.counters().Writes, "the name, and a note about the manual change")
	names := map[int64]string{}
	for _, company := range e.accelo.state().Companies {
		names[company.ID] = company.Name
	}
	require.Equal(t, "Renamed (2026), Ltd", names[followedID])
	require.Equal(t, "Renamed by a user", names[keptID])
	status := decodeStrict[statusReport](t, e.starter("status", "--json").Stdout)
	require.Len(t, status.Connections[0].ManualChanges, 1)
	require.Contains(t, string(status.Connections[0].ManualChanges[0]), "Renamed by a user")
}
