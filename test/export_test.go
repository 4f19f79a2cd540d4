package test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

type exportReport struct {
	Connection string   `json:"connection"`
	Directory  string   `json:"directory"`
	Files      []string `json:"files"`
	Devices    int      `json:"devices"`
	LeftOut    []struct {
		NinjaID string `json:"ninja_id"`
		Name    string `json:"name"`
		Reason  string `json:"reason"`
	} `json:"left_out"`
}

// fieldTypes are the custom fields of the asset type, as the to-do list names them.
var fieldTypes = []struct{ name, kind string }{
	{name: "display_name", kind: "text"},
	{name: "dns_name", kind: "text"},
	{name: "last_logged_in_user", kind: "text"},
	{name: "last_online", kind: "date_time"},
	{name: "last_update", kind: "date_time"},
	{name: "ninja_url", kind: "hyperlink"},
	{name: "role", kind: "text"},
	{name: "type", kind: "text"},
	{name: "sub_type", kind: "text"},
	{name: "Ninja Device Remote Control", kind: "hyperlink"},
}

// exportAssets runs `starter export-assets` and reads its files. Each row is a map from header to value.
func (e *testEnv) exportAssets(arguments ...string) (exportReport, []map[string]string) {
	e.t.Helper()
	directory := filepath.Join(e.t.TempDir(), "import")
	result := e.starter(append([]string{"export-assets", "--json", "--directory", directory}, arguments...)...)
	require.Equal(e.t, 0, result.Code, result.Stderr)
	report := decodeStrict[exportReport](e.t, result.Stdout)
	require.Equal(e.t, []string{connection, directory}, []string{report.Connection, report.Directory})
	var rows []map[string]string
	for _, name := range report.Files {
		content, err := os.ReadFile(filepath.Join(directory, name))
		require.NoError(e.t, err)
		lines, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
		require.NoError(e.t, err)
		headers := []string{"Title", "Type", "Company Name", "Contact First Name", "Contact Last Name"}
		for _, field := range fieldTypes {
			headers = append(headers, field.name)
		}
		require.Equal(e.t, headers, lines[0])
		for _, line := range lines[1:] {
			row := map[string]string{}
			for i, header := range headers {
				row[header] = line[i]
			}
			rows = append(rows, row)
		}
	}
	require.Len(e.t, rows, report.Devices)
	return report, rows
}

// addAssetType creates the asset type with its fields, as the to-do list asks an administrator to.
func (e *testEnv) addAssetType() {
	e.t.Helper()
	e.accelo.act("add-asset-type", map[string]any{"title": assetType})
	for _, field := range fieldTypes {
		e.accelo.act("add-asset-field", map[string]any{"type": assetType, "name": field.name, "field_type": field.kind})
	}
}

// importCSVRow creates the asset that Accelo's importer creates from a row, without custom fields if their columns were not mapped.
func (o *oracle) importCSVRow(row map[string]string, withValues bool) (assetID int64) {
	values := []string{}
	for _, field := range fieldTypes {
		value := row[field.name]
		if value == "" || !withValues {
			continue
		}
		if field.kind == "date_time" {
			moment, err := time.Parse(time.RFC3339, value)
			require.NoError(o.env.t, err)
			value = strconv.FormatInt(moment.Unix(), 10)
		}
		values = append(values, field.name+"="+value)
	}
	named := companiesNamed(o.accelo, nameKey(row["Company Name"]))
	require.NotEmpty(o.env.t, named, "no company named %q for the importer", row["Company Name"])
	return o.env.accelo.actID("add-asset", map[string]any{
		"type": row["Type"], "company_id": named[0].ID, "title": row["Title"], "values": values,
	})
}

// requireRows requires one row per device with the current values of NinjaOne and Accelo.
func (o *oracle) requireRows(rows []map[string]string, devices []ninjaone.Device) {
	t := o.env.t
	t.Helper()
	byPage := map[string]map[string]string{}
	for _, row := range rows {
		byPage[row["ninja_url"]] = row
	}
	require.Len(t, byPage, len(devices))
	for _, device := range devices {
		row := byPage[o.devicePage(device)]
		require.NotNil(t, row, "device %d is not in the files", device.ID)
		company := o.companyOf(o.ownerOf(device))
		at := slices.IndexFunc(o.accelo.Affiliations, func(a accelo.Affiliation) bool { return a.ID == company.DefaultAffiliationID })
		person := o.accelo.Contacts[slices.IndexFunc(o.accelo.Contacts, func(c accelo.Contact) bool { return c.ID == o.accelo.Affiliations[at].ContactID })]
		require.Equal(t, []string{assetType, company.Name, person.Firstname, person.Surname},
			[]string{row["Type"], row["Company Name"], row["Contact First Name"], row["Contact Last Name"]})
		require.Equal(t, collapseSpace(deviceTitle(device)), row["Title"])
		want := o.expectedFields(device)
		for _, field := range fieldTypes {
			value := row[field.name]
			if field.kind == "date_time" && value != "" {
				moment, err := time.Parse(time.RFC3339, value)
				require.NoError(t, err)
				value = unix(moment)
			}
			require.Equal(t, want[field.name], value, "%s of device %d", field.name, device.ID)
		}
	}
}

func (o *oracle) approvedDevices() []ninjaone.Device {
	return slices.DeleteFunc(slices.Clone(o.ninja.Devices), func(d ninjaone.Device) bool { return d.ApprovalStatus != "APPROVED" })
}

// requireAdopted requires that the next import links the new assets and fills in missing fields, and that the one after writes nothing.
func requireAdopted(t *testing.T, e *testEnv, devices int) {
	t.Helper()
	report := e.runImport()
	require.Equal(t, counts{Matched: devices}, report.Devices)
	require.Empty(t, report.Failures)
	o := e.newOracle()
	o.requireCompanies()
	o.requireAssets()
	e.accelo.resetCounters()
	again := e.runImport()
	require.Equal(t, counts{Unchanged: devices}, again.Devices)
	require.Zero(t, e.accelo.counters().Writes, "%v", e.accelo.counters().ByEndpoint)
	require.Empty(t, e.accelo.violations())
	_, rows := e.exportAssets()
	require.Empty(t, rows, "no device is waiting")
}

// A deployment whose API can't create assets uses Accelo's CSV importer: an administrator creates the asset type, devices wait for their
// assets, the exported files contain them, and imported assets are linked.
func TestExportDocumented(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{organizations: 8, devices: 30, companies: 10, accelo: []string{"-mode", "documented"}})
	e.startWorker()
	e.accelo.act("set-user-titles", map[string]any{"object": "asset", "singular": "Machine", "plural": "Machines"})
	todo := decodeStrict[connectReport](t, e.starter("connect", "--json").Stdout).Todo
	require.Len(t, todo, 1)
	require.Contains(t, todo[0], "Settings > Machines > Types & Custom Fields")
	early := e.starter("export-assets", "--directory", t.TempDir())
	require.Equal(t, 3, early.Code)
	require.Contains(t, early.Stderr, todo[0])

	e.addAssetType()
	e.initial = e.accelo.state()
	connected := e.starter("connect", "--json")
	require.Equal(t, 0, connected.Code)
	require.Empty(t, decodeStrict[connectReport](t, connected.Stdout).Todo)
	_, rows := e.exportAssets("--all")
	require.Empty(t, rows, "no organization is linked yet")
	result := e.starter("import")
	require.Equal(t, 0, result.Code)
	require.Contains(t, result.Stdout, "waiting for their machines")
	require.Contains(t, e.starter("status").Stdout, "CSV Import: Machine")
	e.ninjaOne.act("devices/update", map[string]any{
		"id": e.ninjaOne.state().Devices[0].ID, "system_name": `=HYPERLINK("http://x","y"), "z"`, "display_name": "@SUM(1)",
	})
	e.ninjaOne.act("devices/approve", map[string]any{"id": e.ninjaOne.state().Devices[0].ID})
	e.runImport()

	e.accelo.resetCounters()
	e.ninjaOne.resetCounters()
	_, rows = e.exportAssets()
	calls, ninja := e.accelo.counters(), e.ninjaOne.counters()
	o := e.requireInSync()
	require.Zero(t, calls.Writes)
	require.LessOrEqual(t, calls.Reads, 2, "%v", calls.ByEndpoint)
	require.LessOrEqual(t, ninja.Total-ninja.Auth, 3+listing(o.approvedCount(), ninjaPage), "%v", ninja.ByEndpoint)
	o.requireRows(rows, o.approvedDevices())
	for i, row := range rows {
		o.importCSVRow(row, i%2 == 0)
	}
	requireAdopted(t, e, len(rows))
}

// In a deployment whose API can create assets, `export-assets --all` exports devices before an import creates their assets.
func TestExportAll(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 3, accelo: []string{"-mode", "no-extension-keys"}})
	e.runImport()
	for _, organization := range e.ninjaOne.state().Organizations {
		for range 3 {
			e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "node_class": "WINDOWS_SERVER"})
		}
	}
	stranger := e.ninjaOne.actID("organizations", map[string]any{"name": "Not imported yet", "description": ""})
	lost := e.ninjaOne.actID("devices", map[string]any{"organization_id": stranger, "node_class": "MAC"})
	_, rows := e.exportAssets()
	require.Empty(t, rows)
	report, rows := e.exportAssets("--all")
	require.Len(t, report.LeftOut, 1)
	require.Equal(t, strconv.FormatInt(lost, 10), report.LeftOut[0].NinjaID)
	require.Contains(t, report.LeftOut[0].Reason, "starter import")
	e.ninjaOne.act("devices/delete", map[string]any{"id": lost})
	o := e.newOracle()
	o.requireRows(rows, o.approvedDevices())
	ids := map[string]int64{}
	for i, row := range rows {
		ids[row["ninja_url"]] = o.importCSVRow(row, i%2 == 0)
	}
	requireAdopted(t, e, len(rows))

	// An asset that a user renamed is exported with the user's title.
	page := slices.Sorted(maps.Keys(ids))[0]
	e.accelo.act("edit-asset-title", map[string]any{"id": ids[page], "title": "Renamed by a user"})
	_, rows = e.exportAssets("--all")
	require.Len(t, rows, len(ids))
	at := slices.IndexFunc(rows, func(row map[string]string) bool { return row["ninja_url"] == page })
	require.Equal(t, "Renamed by a user", rows[at]["Title"])
	e.accelo.act("delete-asset", map[string]any{"id": ids[page]})
	report, rows = e.exportAssets("--all")
	require.Len(t, rows, len(ids)-1)
	require.Contains(t, report.LeftOut[0].Reason, "was deleted in Accelo")
}

// Wrong usage and missing setup end with their exit code and a message.
func TestExportErrors(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	for _, test := range []struct {
		name, says string
		code       int
		arguments  []string
	}{
		{name: "no directory", says: "--directory", code: 2, arguments: []string{"export-assets"}},
		{name: "empty directory", says: "--directory", code: 2, arguments: []string{"export-assets", "--directory", " "}},
		{name: "not set up", says: "starter connect", code: 1, arguments: []string{"export-assets", "--directory", t.TempDir()}},
		{
			name: "unknown connection", says: `"nobody"`, code: 1,
			arguments: []string{"export-assets", "--directory", t.TempDir(), "--connection", "nobody"},
		},
	} {
		result := e.starter(test.arguments...)
		require.Equal(t, test.code, result.Code, test.name)
		require.Contains(t, result.Stderr, test.says, test.name)
		require.Empty(t, result.Stdout, test.name)
	}
}
