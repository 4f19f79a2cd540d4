package activities_test

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
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

// settings say how a world differs from one where everything is known and allowed. The zero value is that.
type settings struct {
	mode    accelosim.Mode
	claims  store.ClaimTimes
	reserve float64
	// refresh is ASSET_REFRESH_INTERVAL, a day where it is 0.
	refresh       time.Duration
	remoteControl rules.RemoteControl
	pageSize      int
	// unknown leaves it to the activities to find out what Accelo's API allows.
	unknown bool
	// companies is how many companies Accelo has already.
	companies int
	// publicURL is where webhooks are registered.
	publicURL string
	// alerts, reopen, onReset and onConvert are the operator's rules for alerts.
	alerts    flow.AlertRules
	reopen    time.Duration
	onReset   rules.OnReset
	onConvert rules.OnConvert
}

// world is one connection with all that belongs to it but Temporal: both vendors, simulated behind HTTP, and a database.
type world struct {
	t        *testing.T
	ninja    *ninjasim.Simulator
	accelo   *accelosim.Simulator
	database *store.Store
	url      string // of the database
	steps    *activities.Activities
	imports  int
	// watch, where it is not nil, sees every call to a vendor before it is served; with false the call fails.
	watch atomic.Pointer[func(*http.Request) bool]
}

func newWorld(t *testing.T, s settings) *world {
	t.Helper()
	w := &world{
		t: t, ninja: ninjasim.New(ninjasim.Options{Seed: 1}),
		accelo: accelosim.New(accelosim.Options{Seed: 1, Mode: s.mode, Companies: s.companies}),
	}
	t.Cleanup(w.ninja.Close)
	t.Cleanup(w.accelo.Close)
	ninja, accelo := httptest.NewServer(w.watched(w.ninja)), httptest.NewServer(w.watched(w.accelo))
	t.Cleanup(ninja.Close)
	t.Cleanup(accelo.Close)
	t.Cleanup(func() { // before the servers end
		require.Empty(t, w.accelo.Lab().Calls.Violations(), "calls that Accelo lets pass, but that do not do what they mean")
		require.Empty(t, w.ninja.Lab.Calls.Violations(), "calls that NinjaOne lets pass, but that do not do what they mean")
	})
	var err error
	w.url = localtest.Database(t)
	w.database, err = store.Open(t.Context(), w.url, store.Options{Claims: s.claims}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(w.database.Close)
	box, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	provider := tenant.NewProvider(tenant.Options{Store: w.database, Box: box, Reserve: s.reserve, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, provider.Save(t.Context(), "default", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: ninja.URL, ClientID: "demo-client", ClientSecret: "demo-secret"},
		Accelo:   config.Accelo{URL: accelo.URL, ClientID: accelosim.DefaultClientID, ClientSecret: accelosim.DefaultClientSecret},
	}))
	w.connect(s)
	registrar := connect.New(w.database, provider, connect.Options{PublicURL: s.publicURL})
	w.steps, err = activities.New(activities.Deps{Store: w.database, Tenants: provider, Webhooks: registrar, Options: activities.Options{
		AssetRefresh: cmp.Or(s.refresh, 24*time.Hour), RemoteControl: s.remoteControl,
		Alerts: s.alerts, ReopenWindow: s.reopen, OnReset: s.onReset, OnConvert: s.onConvert,
	}})
	require.NoError(t, err)
	return w
}

func (w *world) watched(vendor http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if watch := w.watch.Load(); watch != nil && !(*watch)(request) {
			http.Error(response, "the vendor's proxy is in trouble", http.StatusBadGateway)
			return
		}
		vendor.ServeHTTP(response, request)
	})
}

// onCall does something when a vendor is about to serve the n-th call of an endpoint from now on.
func (w *world) onCall(n int32, endpoint string, do func() bool) {
	var count atomic.Int32
	watch := func(r *http.Request) bool { return r.Method+" "+r.URL.Path != endpoint || count.Add(1) != n || do() }
	w.watch.Store(&watch)
}

// onAsset does something when the n-th asset is about to be created.
func (w *world) onAsset(n int32, do func()) {
	w.onCall(n, "POST /api/v0/assets", func() bool { do(); return true })
}

// failCall lets the n-th call of an endpoint fail before it does anything.
func (w *world) failCall(n int32, endpoint string) {
	w.onCall(n, endpoint, func() bool { return false })
}

// connect stores what `connect` would have found out.
func (w *world) connect(s settings) {
	w.t.Helper()
	made, err := w.accelo.AddAssetType(assetType)
	require.NoError(w.t, err)
	found := store.Settings{
		Connected: true, PageSize: s.pageSize, AssetType: store.ObjectType{ID: made.ID, Title: made.Title}, Fields: map[string]store.CustomField{},
		RequestType: w.requestType("NinjaOne Alerts"), Priorities: map[int]int64{},
	}
	for _, priority := range w.accelo.Snapshot().Priorities {
		found.Priorities[int(priority.Factor)] = priority.ID
	}
	for _, field := range rules.Fields() {
		added, err := w.accelo.AddAssetField(assetType, field.Name, string(field.Type))
		require.NoError(w.t, err)
		found.Fields[field.Name] = store.CustomField{ID: added.ID, Type: added.Type}
	}
	if !s.unknown {
		able, takes := s.mode != accelosim.ModeDocumented, s.mode == "" || s.mode == accelosim.ModeOpen
		found.Capabilities = store.Capabilities{CreateAssets: &able, SetFieldsOnCreate: &takes}
	}
	require.NoError(w.t, w.database.SaveSettings(w.t.Context(), "default", found, true, nil))
}

// change edits what is stored about the connection.
func (w *world) change(edit func(*store.Settings)) {
	w.t.Helper()
	connection, err := w.database.Connection(w.t.Context(), "default")
	require.NoError(w.t, err)
	edit(&connection.Settings)
	require.NoError(w.t, w.database.SaveSettings(w.t.Context(), "default", connection.Settings, true, nil))
}

// workerOptions are those that the product's workers have.
func (w *world) workerOptions() worker.Options {
	return worker.Options{Interceptors: []interceptor.WorkerInterceptor{activities.Interceptor(w.database)}}
}

// workerOptionsUnder are workerOptions of a worker whose activities run under a context.
func (w *world) workerOptionsUnder(ctx context.Context) worker.Options {
	options := w.workerOptions()
	options.BackgroundActivityContext = ctx
	return options
}

// env is Temporal as an activity sees it.
func (w *world) env() *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(w.workerOptions())
	env.RegisterActivity(w.steps)
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

// begin begins an import and returns its id.
func (w *world) begin(plan bool) string {
	w.t.Helper()
	w.imports++
	id := "import-" + strconv.Itoa(w.imports)
	_, err := runIn[any](w.env(), w.steps.ImportBegin, activities.ImportBeginInput{Connection: "default", ImportID: id, Plan: plan})
	require.NoError(w.t, err)
	return id
}

// read begins an import and reads both sides.
func (w *world) read() string {
	w.t.Helper()
	id := w.begin(false)
	w.readInto(id, 0)
	return id
}

func (w *world) readInto(id string, organization int) {
	w.t.Helper()
	in := activities.ReadInput{Connection: "default", ImportID: id, OrganizationID: organization}
	_, err := runIn[activities.ReadResult](w.env(), w.steps.NinjaRead, in)
	require.NoError(w.t, err)
	_, err = runIn[activities.ReadResult](w.env(), w.steps.AcceloRead, in)
	require.NoError(w.t, err)
}

func (w *world) compare(id string) activities.ImportCompareResult {
	w.t.Helper()
	result, err := runIn[activities.ImportCompareResult](w.env(), w.steps.ImportCompare,
		activities.ImportCompareInput{Connection: "default", ImportID: id})
	require.NoError(w.t, err)
	return result
}

func (w *world) syncCompany(id string, organization int) (activities.AcceloSyncCompanyResult, error) {
	return runIn[activities.AcceloSyncCompanyResult](w.env(), w.steps.AcceloSyncCompany,
		activities.AcceloSyncCompanyInput{Connection: "default", ImportID: id, OrganizationID: organization})
}

func (w *world) syncDevices(id string, organization int) (activities.AcceloSyncDevicesResult, error) {
	return w.syncDevicesIn(w.env(), id, organization)
}

func (w *world) syncDevicesIn(env *testsuite.TestActivityEnvironment, id string, organization int) (activities.AcceloSyncDevicesResult, error) {
	return runIn[activities.AcceloSyncDevicesResult](env, w.steps.AcceloSyncDevices,
		activities.AcceloSyncDevicesInput{Connection: "default", ImportID: id, OrganizationID: organization})
}

// company syncs a company in one attempt.
func (w *world) company(id string, organization int) activities.AcceloSyncCompanyResult {
	w.t.Helper()
	result, err := w.syncCompany(id, organization)
	require.NoError(w.t, err)
	return result
}

// devices syncs an organization's devices in one attempt.
func (w *world) devices(id string, organization int) flow.Counts {
	w.t.Helper()
	result, err := w.syncDevices(id, organization)
	require.NoError(w.t, err)
	require.False(w.t, result.Stopped)
	return result.Devices
}

func (w *world) finish(in activities.ImportFinishInput) flow.ImportResult {
	w.t.Helper()
	in.Connection = "default"
	result, err := runIn[flow.ImportResult](w.env(), w.steps.ImportFinish, in)
	require.NoError(w.t, err)
	return result
}

// fullImport does what the workflow does, one organization after the other.
func (w *world) fullImport() flow.ImportResult {
	w.t.Helper()
	id := w.read()
	w.compare(id)
	w.work(id)
	return w.finish(activities.ImportFinishInput{ImportID: id})
}

// work imports the organizations that have something left to do.
func (w *world) work(id string) {
	w.t.Helper()
	next, err := runIn[activities.ImportNextResult](w.env(), w.steps.ImportNext, activities.ImportNextInput{ImportID: id, Limit: 1000})
	require.NoError(w.t, err)
	for _, organization := range next.Organizations {
		if w.company(id, organization.OrganizationID).Devices > 0 {
			w.devices(id, organization.OrganizationID)
		}
	}
}

// plan is what an import would do.
func (w *world) plan() (flow.ImportResult, activities.ImportCompareResult) {
	w.t.Helper()
	id := w.begin(true)
	w.readInto(id, 0)
	compared := w.compare(id)
	return w.finish(activities.ImportFinishInput{ImportID: id, Calls: compared.Calls, Writes: compared.Writes}), compared
}

// device adds a device to an organization of NinjaOne.
func (w *world) device(organization int, name string) int {
	w.t.Helper()
	id, err := w.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: organization, SystemName: name})
	require.NoError(w.t, err)
	return id
}

// trouble makes Accelo answer badly.
func (w *world) trouble(faults ...lab.Fault) {
	w.t.Helper()
	require.NoError(w.t, w.accelo.Lab().Faults.Set(faults...))
}

// writes are Accelo's writes since the last time they were asked for, grouped by endpoint.
func (w *world) writes() map[string]int {
	counters := w.accelo.Lab().Counters()
	w.accelo.Lab().ResetCounters()
	writes := map[string]int{}
	for endpoint, count := range counters.ByEndpoint {
		if endpoint != "POST /oauth2/v0/token" && endpoint[:4] != "GET " {
			writes[endpoint] = count
		}
	}
	return writes
}

// parked are the parked records, as kind and id.
func (w *world) parked() []string {
	w.t.Helper()
	failures, err := w.database.Failures(w.t.Context(), "default")
	require.NoError(w.t, err)
	parked := []string{}
	for _, failure := range failures {
		parked = append(parked, string(failure.Kind)+" "+failure.NinjaID)
	}
	return parked
}

// link is the link of a record.
func (w *world) link(kind store.Kind, id int) store.Link {
	w.t.Helper()
	link, err := w.database.Link(w.t.Context(), store.KeyOf("default", kind, id))
	require.NoError(w.t, err)
	return link
}

// titles are the titles of Accelo's assets, sorted.
func (w *world) titles() []string {
	titles := []string{}
	for _, asset := range w.accelo.Snapshot().Assets {
		titles = append(titles, asset.Title)
	}
	slices.Sort(titles)
	return titles
}

// failure is the application error that an activity ended with.
func failure(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	return application
}
