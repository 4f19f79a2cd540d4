package activities_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/secret"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

const assetType = "NinjaOne Device"

// settings change a fixture. With the zero value, every capability is known and present.
type settings struct {
	mode    accelosim.Mode
	claims  store.ClaimTimes
	reserve float64
	// refresh is ASSET_REFRESH_INTERVAL; 0 stands for a day.
	refresh       time.Duration
	remoteControl rules.RemoteControl
	pageCap       int           // how many rows NinjaOne sends at most, however many it is asked for
	readLag       time.Duration // 0 stands for no lag, so that tests can delete what they have just made
	// unknown leaves the capabilities of the deployment to be found out.
	unknown bool
	// companies is the number of companies that Accelo starts with.
	companies int
	// acceloClock is the deployment's clock; nil means the real time.
	acceloClock func() time.Time
	// publicURL is where webhooks are registered.
	publicURL string
	// alerts, reopen, onReset and onConvert are the alert settings.
	alerts    flow.AlertRules
	reopen    time.Duration
	onReset   rules.OnReset
	onConvert rules.OnConvert
}

// options returns the options of the connection.
func (s settings) options() config.Options {
	return config.Options{
		BudgetReserve: s.reserve, AssetRefreshInterval: cmp.Or(s.refresh, 24*time.Hour), RemoteControl: s.remoteControl,
		AlertMinSeverity: config.Severity(s.alerts.MinSeverity), AlertHoldDown: s.alerts.HoldDown, AlertReopenWindow: s.reopen,
		OnReset: s.onReset, OnConvert: s.onConvert, ReconcileInterval: 5 * time.Minute,
	}
}

// fixture is one connection with both simulated vendors behind HTTP, and a database. It has no Temporal server.
type fixture struct {
	t        *testing.T
	ninja    *ninjasim.Simulator
	accelo   *accelosim.Simulator
	database *store.Store
	tenants  *tenant.Provider
	url      string // of the database
	steps    *activities.Activities
	imports  int
	// watch, if set, sees every call to a vendor before it is served. If it returns false, the call fails.
	watch atomic.Pointer[func(*http.Request) bool]
	// rewrite, if set, changes what a vendor answers to a path.
	rewrite atomic.Pointer[func(path, answer string) string]
}

func newFixture(t *testing.T, s settings) *fixture {
	t.Helper()
	f := &fixture{
		t: t, ninja: ninjasim.New(ninjasim.Options{Seed: 1, Switches: ninjasim.Switches{PageCap: s.pageCap}}),
		accelo: accelosim.New(accelosim.Options{Seed: 1, Mode: s.mode, Companies: s.companies, Now: s.acceloClock}),
	}
	t.Cleanup(f.ninja.Close)
	t.Cleanup(f.accelo.Close)
	ninja, accelo := httptest.NewServer(f.watched(f.ninja)), httptest.NewServer(f.watched(f.accelo))
	t.Cleanup(ninja.Close)
	t.Cleanup(accelo.Close)
	t.Cleanup(func() { // before the servers end
		require.Empty(t, f.accelo.Lab().Calls.Violations(), "calls that Accelo accepts without doing what they ask for")
		require.Empty(t, f.ninja.Lab.Calls.Violations(), "calls that NinjaOne accepts without doing what they ask for")
	})
	var err error
	f.url = storetest.Database(t)
	f.database, err = store.Open(t.Context(), f.url, store.Options{Claims: s.claims}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(f.database.Close)
	box, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	provider := tenant.NewProvider(tenant.Options{Store: f.database, Box: box, Defaults: s.options().Defaults(), Logger: slog.New(slog.DiscardHandler), ReadLag: cmp.Or(s.readLag, time.Nanosecond)})
	require.NoError(t, provider.Save(t.Context(), "default", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: ninja.URL, ClientID: "demo-client", ClientSecret: "demo-secret"},
		Accelo:   config.Accelo{URL: accelo.URL, ClientID: accelosim.DefaultClientID, ClientSecret: accelosim.DefaultClientSecret},
	}))
	f.tenants = provider
	f.connect(s)
	registrar := connect.New(f.database, provider, connect.Options{PublicURL: s.publicURL})
	f.steps, err = activities.New(activities.Deps{Store: f.database, Tenants: provider, Webhooks: registrar})
	require.NoError(t, err)
	return f
}

func (f *fixture) watched(vendor http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if watch := f.watch.Load(); watch != nil && !(*watch)(request) {
			http.Error(response, "bad gateway", http.StatusBadGateway)
			return
		}
		rewrite := f.rewrite.Load()
		if rewrite == nil {
			vendor.ServeHTTP(response, request)
			return
		}
		answer := httptest.NewRecorder()
		vendor.ServeHTTP(answer, request)
		maps.Copy(response.Header(), answer.Header())
		response.Header().Del("Content-Length")
		response.WriteHeader(answer.Code)
		_, _ = io.WriteString(response, (*rewrite)(request.URL.Path, answer.Body.String()))
	})
}

// onCall runs a function when a vendor is about to serve the n-th call of an endpoint from now on.
func (f *fixture) onCall(n int32, endpoint string, do func() bool) {
	var count atomic.Int32
	watch := func(r *http.Request) bool { return r.Method+" "+r.URL.Path != endpoint || count.Add(1) != n || do() }
	f.watch.Store(&watch)
}

// onAsset runs a function when the n-th asset is about to be created.
func (f *fixture) onAsset(n int32, do func()) {
	f.onCall(n, "POST /api/v0/assets", func() bool { do(); return true })
}

// failCall makes the n-th call of an endpoint fail before it has any effect.
func (f *fixture) failCall(n int32, endpoint string) {
	f.onCall(n, endpoint, func() bool { return false })
}

// connect stores what `starter connect` would find out.
func (f *fixture) connect(s settings) {
	f.t.Helper()
	made, err := f.accelo.AddAssetType(assetType)
	require.NoError(f.t, err)
	found := store.Settings{
		Connected: true, AssetType: store.ObjectType{ID: made.ID, Title: made.Title}, Fields: map[string]store.CustomField{},
		RequestType: f.requestType("NinjaOne Alerts"), Priorities: map[int]int64{},
	}
	for _, priority := range f.accelo.Snapshot().Priorities {
		found.Priorities[int(priority.Factor)] = priority.ID
	}
	for _, field := range rules.Fields() {
		added, err := f.accelo.AddAssetField(assetType, field.Name, string(field.Type))
		require.NoError(f.t, err)
		found.Fields[field.Name] = store.CustomField{ID: added.ID, Type: added.Type}
	}
	if !s.unknown {
		able, takes := s.mode != accelosim.ModeDocumented, s.mode == "" || s.mode == accelosim.ModeOpen
		found.Capabilities = store.Capabilities{CreateAssets: &able, SetFieldsOnCreate: &takes}
	}
	require.NoError(f.t, f.database.SaveSettings(f.t.Context(), "default", found, true, nil))
}

// change edits the stored settings of the connection.
func (f *fixture) change(edit func(*store.Settings)) {
	f.t.Helper()
	connection, err := f.database.Connection(f.t.Context(), "default")
	require.NoError(f.t, err)
	edit(&connection.Settings)
	require.NoError(f.t, f.database.SaveSettings(f.t.Context(), "default", connection.Settings, true, nil))
}

// workerOptions returns the options of the product's workers.
func (f *fixture) workerOptions() worker.Options {
	return worker.Options{Interceptors: []interceptor.WorkerInterceptor{activities.Interceptor(f.database)}}
}

// workerOptionsUnder returns workerOptions for activities that run under a context.
func (f *fixture) workerOptionsUnder(ctx context.Context) worker.Options {
	options := f.workerOptions()
	options.BackgroundActivityContext = ctx
	return options
}

// env returns an environment that runs activities as a worker does.
func (f *fixture) env() *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(f.workerOptions())
	env.RegisterActivity(f.steps)
	return env
}

// runIn runs one attempt of an activity.
func runIn[R any](env *testsuite.TestActivityEnvironment, activity, in any) (R, error) {
	var result R
	value, err := env.ExecuteActivity(activity, in)
	if err == nil && value.HasValue() {
		err = value.Get(&result)
	}
	return result, err
}

// beginImport begins an import and returns its ID.
func (f *fixture) beginImport(plan bool) string {
	f.t.Helper()
	f.imports++
	id := "import-" + strconv.Itoa(f.imports)
	_, err := runIn[any](f.env(), f.steps.ImportBegin, activities.ImportBeginInput{Connection: "default", ImportID: id, Plan: plan})
	require.NoError(f.t, err)
	return id
}

// beginAndRead begins an import and reads both vendors.
func (f *fixture) beginAndRead() string {
	f.t.Helper()
	id := f.beginImport(false)
	f.readInto(id, 0)
	return id
}

func (f *fixture) readInto(id string, organization int) {
	f.t.Helper()
	in := activities.ReadInput{Connection: "default", ImportID: id, OrganizationID: organization}
	_, err := runIn[activities.ReadResult](f.env(), f.steps.NinjaRead, in)
	require.NoError(f.t, err)
	_, err = runIn[activities.ReadResult](f.env(), f.steps.AcceloRead, in)
	require.NoError(f.t, err)
}

func (f *fixture) compare(id string) activities.ImportCompareResult {
	f.t.Helper()
	result, err := runIn[activities.ImportCompareResult](f.env(), f.steps.ImportCompare,
		activities.ImportCompareInput{Connection: "default", ImportID: id})
	require.NoError(f.t, err)
	return result
}

func (f *fixture) syncCompany(id string, organization int) (activities.AcceloSyncCompanyResult, error) {
	return runIn[activities.AcceloSyncCompanyResult](f.env(), f.steps.AcceloSyncCompany,
		activities.AcceloSyncCompanyInput{Connection: "default", ImportID: id, OrganizationID: organization})
}

func (f *fixture) syncDevices(id string, organization int) (activities.AcceloSyncDevicesResult, error) {
	return f.syncDevicesIn(f.env(), id, organization)
}

func (f *fixture) syncDevicesIn(env *testsuite.TestActivityEnvironment, id string, organization int) (activities.AcceloSyncDevicesResult, error) {
	return runIn[activities.AcceloSyncDevicesResult](env, f.steps.AcceloSyncDevices,
		activities.AcceloSyncDevicesInput{Connection: "default", ImportID: id, OrganizationID: organization})
}

// company syncs a company. It must succeed in one attempt.
func (f *fixture) company(id string, organization int) activities.AcceloSyncCompanyResult {
	f.t.Helper()
	result, err := f.syncCompany(id, organization)
	require.NoError(f.t, err)
	return result
}

// devices syncs an organization's devices. It must succeed in one attempt.
func (f *fixture) devices(id string, organization int) flow.Counts {
	f.t.Helper()
	result, err := f.syncDevices(id, organization)
	require.NoError(f.t, err)
	require.False(f.t, result.Stopped)
	return result.Devices
}

func (f *fixture) finish(in activities.ImportFinishInput) flow.ImportResult {
	f.t.Helper()
	in.Connection = "default"
	result, err := runIn[flow.ImportResult](f.env(), f.steps.ImportFinish, in)
	require.NoError(f.t, err)
	return result
}

// fullImport does what the workflow does, one organization after another.
func (f *fixture) fullImport() flow.ImportResult {
	f.t.Helper()
	id := f.beginAndRead()
	f.compare(id)
	f.importOrganizations(id)
	return f.finish(activities.ImportFinishInput{ImportID: id})
}

// importOrganizations imports the organizations with something left to do.
func (f *fixture) importOrganizations(id string) {
	f.t.Helper()
	next, err := runIn[activities.ImportNextResult](f.env(), f.steps.ImportNext, activities.ImportNextInput{ImportID: id, Limit: 1000})
	require.NoError(f.t, err)
	for _, organization := range next.Organizations {
		if f.company(id, organization.OrganizationID).Devices > 0 {
			f.devices(id, organization.OrganizationID)
		}
	}
}

// plan returns what an import would do.
func (f *fixture) plan() (flow.ImportResult, activities.ImportCompareResult) {
	f.t.Helper()
	id := f.beginImport(true)
	f.readInto(id, 0)
	compared := f.compare(id)
	return f.finish(activities.ImportFinishInput{ImportID: id, Calls: compared.Calls, Writes: compared.Writes}), compared
}

// device adds a device to an organization of NinjaOne.
func (f *fixture) device(organization int, name string) int {
	f.t.Helper()
	id, err := f.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: organization, SystemName: name})
	require.NoError(f.t, err)
	return id
}

// injectFaults makes Accelo misbehave. Without faults it works again.
func (f *fixture) injectFaults(faults ...lab.Fault) {
	f.t.Helper()
	require.NoError(f.t, f.accelo.Lab().Faults.Set(faults...))
}

// writes returns the writes to Accelo since the last call of writes, by endpoint.
func (f *fixture) writes() map[string]int {
	counters := f.accelo.Lab().Counters()
	f.accelo.Lab().ResetCounters()
	writes := map[string]int{}
	for endpoint, count := range counters.ByEndpoint {
		if endpoint != "POST /oauth2/v0/token" && endpoint[:4] != "GET " {
			writes[endpoint] = count
		}
	}
	return writes
}

// failed returns the failed records, as kind and ID.
func (f *fixture) failed() []string {
	f.t.Helper()
	failures, err := f.database.Failures(f.t.Context(), "default")
	require.NoError(f.t, err)
	failed := []string{}
	for _, failure := range failures {
		failed = append(failed, string(failure.Kind)+" "+failure.NinjaID)
	}
	return failed
}

// link returns the link of a record.
func (f *fixture) link(kind store.Kind, id int) store.Link {
	f.t.Helper()
	link, err := f.database.Link(f.t.Context(), store.KeyOf("default", kind, id))
	require.NoError(f.t, err)
	return link
}

// titles returns the sorted titles of Accelo's assets.
func (f *fixture) titles() []string {
	titles := []string{}
	for _, asset := range f.accelo.Snapshot().Assets {
		titles = append(titles, asset.Title)
	}
	slices.Sort(titles)
	return titles
}

// applicationError returns the application error that an activity failed with.
func applicationError(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	return application
}
