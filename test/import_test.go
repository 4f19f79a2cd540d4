package test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// The maximum number of rows of a page.
const (
	ninjaPage  = 1000
	acceloPage = 100
)

func pages(rows, size int) int { return max(1, (rows+size-1)/size) }

// listing returns the calls of a listing. If its only page is short, but long enough to have been cut, one more call proves that it is the
// last.
func listing(rows, size int) int {
	const smallestPage = 10
	if rows >= smallestPage && rows < size {
		return 2
	}
	return pages(rows, size)
}

// In every mode of Accelo the first import creates everything with the minimum of calls and as planned. The second one writes nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode string
		// organizations: one mode gets enough for every awkward name of the simulator.
		organizations, devices int
	}{
		{mode: "open", organizations: 74, devices: 150},
		{mode: "no-extension-keys", organizations: 12, devices: 60},
		{mode: "documented", organizations: 12, devices: 60},
	} {
		t.Run(test.mode, func(t *testing.T) {
			t.Parallel()
			e := newTestEnv(t, scenario{
				organizations: test.organizations, devices: test.devices, companies: 40,
				accelo: []string{"-mode", test.mode},
			})
			e.startWorker()
			connected := e.starter("connect", "--json")
			requireConnected(t, e, test.mode, connected.Code, decodeStrict[connectReport](t, connected.Stdout))

			e.accelo.resetCounters()
			e.ninjaOne.resetCounters()
			planned := e.runImport("--plan")
			require.True(t, planned.Plan)
			require.NotNil(t, planned.EstimatedSeconds)
			require.Zero(t, e.accelo.counters().Writes, "the plan wrote to Accelo")

			e.accelo.resetCounters()
			e.ninjaOne.resetCounters()
			done := e.runImport()
			require.False(t, done.Plan)
			require.Equal(t, planned.Organizations, done.Organizations)
			require.Equal(t, planned.Devices, done.Devices)
			if test.mode != "no-extension-keys" { // only an import can find out that this deployment accepts no fields on create
				requireCost(t, planned, done)
			}
			requireImported(t, e, test.mode, done)
			requireCalls(t, e, test.mode, done)

			requireNothingLeft(t, e, test.mode)
			requireStatus(t, e, test.mode)
			requireGrowthPlanned(t, e)
			require.Empty(t, e.accelo.violations())
			require.Empty(t, e.ninjaOne.violations())
		})
	}
}

// requireConnected requires that connect created what the mode allows, and that its to-do list holds the rest.
func requireConnected(t *testing.T, e *testEnv, mode string, code int, report connectReport) {
	t.Helper()
	require.Equal(t, connection, report.Connection)
	require.True(t, report.NinjaOne.OK && report.Accelo.OK)
	require.Equal(t, e.ninjaOne.url, report.NinjaOne.URL)
	require.Equal(t, e.accelo.url, report.Accelo.URL)
	require.Equal(t, "planet-express", report.Accelo.Deployment)
	require.Positive(t, report.Accelo.Remaining)
	require.NotNil(t, report.RequestType.ID)
	require.NotNil(t, report.Capabilities.CreateAssets)
	require.Equal(t, mode != "documented", *report.Capabilities.CreateAssets)
	if mode == "documented" {
		require.Equal(t, 3, code)
		require.Nil(t, report.AssetType.ID)
		require.Len(t, report.AssetType.MissingFields, 10)
		require.Len(t, report.Todo, 1)
		require.Contains(t, report.Todo[0], assetType)
		return
	}
	require.Equal(t, 0, code)
	require.True(t, report.Ready)
	require.NotNil(t, report.AssetType.ID)
	require.Empty(t, report.AssetType.MissingFields)
	require.Empty(t, report.Todo)
}

// requireCost requires that the import made as many calls as planned, with a small tolerance for reads.
func requireCost(t *testing.T, planned, done importReport) {
	t.Helper()
	require.Equal(t, planned.APICalls.AcceloWrites, done.APICalls.AcceloWrites)
	require.InEpsilon(t, planned.APICalls.Accelo, done.APICalls.Accelo, 0.05)
	require.Equal(t, planned.APICalls.NinjaOne, done.APICalls.NinjaOne)
}

func requireImported(t *testing.T, e *testEnv, mode string, done importReport) {
	t.Helper()
	require.Equal(t, []string{connection, importID}, []string{done.Connection, done.WorkflowID})
	require.NotEmpty(t, done.RunID)
	require.Positive(t, done.Seconds)
	require.Empty(t, done.Failures)
	o := e.requireInSync()
	created, _ := o.newCompanies()
	require.Equal(t, created, done.Organizations.Created)
	require.Equal(t, len(o.ninja.Organizations), done.Organizations.total())
	if mode == "documented" {
		require.Equal(t, counts{Waiting: o.approvedCount()}, done.Devices)
	} else {
		require.Equal(t, counts{Created: o.approvedCount()}, done.Devices)
	}
}

// requireCalls requires one call per page of a listing, one per new device and two writes per new organization. Without fields on create
// there is one more per field. Before a write there is one read: of a company to link, or a search for one to create, and a listing of the
// assets of a company that existed before.
func requireCalls(t *testing.T, e *testEnv, mode string, done importReport) {
	t.Helper()
	o := e.newOracle()
	created, withoutContact := o.newCompanies()
	devices, organizations := o.approvedCount(), len(o.ninja.Organizations)

	require.Equal(t, listing(organizations, ninjaPage), e.ninjaOne.count("GET", "/organizations-detailed"))
	require.Equal(t, listing(devices, ninjaPage), e.ninjaOne.count("GET", "/devices-detailed"))
	require.Equal(t, pages(devices, ninjaPage), e.ninjaOne.count("GET", "/queries/logged-on-users"))
	ninja := e.ninjaOne.counters()
	require.LessOrEqual(t, ninja.Total-ninja.Auth, listing(organizations, ninjaPage)+listing(devices, ninjaPage)+3, "NinjaOne got more calls than for listings: %v", ninja.ByEndpoint)
	require.Equal(t, ninja.Total-ninja.Auth, done.APICalls.NinjaOne)

	calls := e.accelo.counters()
	listings := listing(len(e.initial.Companies), acceloPage) + listing(len(e.initial.Assets), acceloPage)
	require.Equal(t, created, e.accelo.count("POST", "/companies"))
	require.Equal(t, created+withoutContact, e.accelo.count("POST", "/contacts"))
	writes := 2*created + withoutContact
	switch mode {
	case "open":
		writes += devices
	case "no-extension-keys":
		writes += devices + len(o.accelo.CustomValues) - len(o.initial.CustomValues)
	}
	require.Equal(t, writes, calls.Writes, "%v", calls.ByEndpoint)
	// One more read finds out whether fields are accepted on create. One per company without a primary contact looks for other contacts.
	existing := organizations - created
	require.LessOrEqual(t, calls.Reads, listings+o.companyReads()+existing+withoutContact+1, "%v", calls.ByEndpoint)
	require.Equal(t, []int{calls.Reads + calls.Writes, calls.Writes}, []int{done.APICalls.Accelo, done.APICalls.AcceloWrites})
}

// requireNothingLeft requires that a second import reads only listings and writes nothing.
func requireNothingLeft(t *testing.T, e *testEnv, mode string) {
	t.Helper()
	e.accelo.resetCounters()
	e.ninjaOne.resetCounters()
	again := e.runImport()
	o := e.requireInSync()
	require.Equal(t, counts{Unchanged: len(o.ninja.Organizations)}, again.Organizations)
	if mode == "documented" {
		require.Equal(t, counts{Waiting: o.approvedCount()}, again.Devices)
	} else {
		require.Equal(t, counts{Unchanged: o.approvedCount()}, again.Devices)
	}
	calls := e.accelo.counters()
	require.Zero(t, calls.Writes, "%v", calls.ByEndpoint)
	require.LessOrEqual(t, calls.Reads, listing(len(o.accelo.Companies), acceloPage)+listing(len(o.accelo.Assets), acceloPage), "%v", calls.ByEndpoint)
	ninja := e.ninjaOne.counters()
	lists := listing(len(o.ninja.Organizations), ninjaPage) + listing(o.approvedCount(), ninjaPage)
	require.LessOrEqual(t, ninja.Total-ninja.Auth, lists+3, "%v", ninja.ByEndpoint)
}

// requireGrowthPlanned requires that the next import handles only new records, and that the plan predicts its calls.
func requireGrowthPlanned(t *testing.T, e *testEnv) {
	t.Helper()
	grown := e.ninjaOne.actID("organizations", map[string]any{"name": "Grown (since), Inc.", "description": "new"})
	for range 5 {
		e.ninjaOne.actID("devices", map[string]any{"organization_id": grown, "node_class": "WINDOWS_SERVER"})
	}
	planned, done := e.runImport("--plan"), e.runImport()
	require.Equal(t, planned.Organizations, done.Organizations)
	require.Equal(t, planned.Devices, done.Devices)
	require.Equal(t, 1, done.Organizations.Created)
	if e.accelo.state().Mode != accelo.ModeDocumented {
		require.Equal(t, 5, done.Devices.Created)
	}
	requireCost(t, planned, done)
	e.requireInSync()
}

func requireStatus(t *testing.T, e *testEnv, mode string) {
	t.Helper()
	result := e.starter("status", "--json")
	require.Equal(t, 0, result.Code)
	report := decodeStrict[statusReport](t, result.Stdout)
	require.Len(t, report.Connections, 1)
	status := report.Connections[0]
	require.Equal(t, connection, status.Connection)
	require.Equal(t, mode != "documented", status.Ready)
	linked, waiting := kinds{Organizations: len(e.ninjaOne.state().Organizations)}, kinds{}
	devices := e.newOracle().approvedCount()
	if mode == "documented" {
		waiting.Devices = devices
	} else {
		linked.Devices = devices
	}
	require.Equal(t, linked, status.Links)
	require.Equal(t, waiting, status.Waiting)
	require.Empty(t, status.Failures)
	require.Equal(t, 5000, status.AcceloBudget.Limit)
	require.NotNil(t, status.AcceloBudget.Reset)
	var last importReport
	require.NoError(t, json.Unmarshal(status.LastImport, &last))
	require.Equal(t, importID, last.WorkflowID)
}
