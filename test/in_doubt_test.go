package test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/simulator/lab"
)

// inDoubtTimeout allows for a create in doubt: an alert's activity times out after three minutes, a claim expires after 40 seconds, and
// the doubt ends a minute later.
const inDoubtTimeout = 8 * time.Minute

// creations are the objects that the product creates in Accelo, which has no idempotency keys.
var creations = []creation{
	{name: "company", path: "/companies", searchPath: "/companies"},
	{name: "contact", path: "/contacts", searchPath: "/affiliations"},
	{name: "asset", path: "/assets", searchPath: "/assets"},
	{name: "request", path: "/requests", searchPath: "/requests"},
}

// creation is an object that is created by a POST to path and searched by a GET of searchPath.
type creation struct{ name, path, searchPath string }

// inDoubtEnv is an environment in which one organization with one device, or one alert of it, is synced through a proxy in front
// of Accelo.
type inDoubtEnv struct {
	*alertEnv
	proxy *acceloProxy
	// path is that of the create in question, and hold its held call.
	path string
	hold *heldCall
	// workers are the programs of which one sends the create. `starter serve` is one of them.
	workers []*local.Program
	// waitForSync waits for the end of the sync.
	waitForSync func()
}

// newInDoubtEnv starts a sync and returns when its create is held.
func newInDoubtEnv(t *testing.T, path string, kind holdKind) *inDoubtEnv {
	t.Helper()
	e := &inDoubtEnv{alertEnv: newAlertEnv(t, scenario{organizations: 1, devices: 1, timeout: inDoubtTimeout}), path: path}
	e.proxy = newAcceloProxy(t, e.accelo.url)
	e.options.Environment = append(e.options.Environment, "ACCELO_URL="+e.proxy.url)
	e.stack.Set("ACCELO_URL=" + e.proxy.url)
	first := e.startWorker()
	e.startServe()
	e.workers = []*local.Program{first, e.serveProgram}
	require.Equal(t, 0, e.starter("connect").Code)
	if path == "/requests" {
		require.Empty(t, e.runImport().Failures)
	}
	if kind == holdToken { // makes the create request a new token
		e.accelo.setFaults(lab.Fault{Kind: "revoke-token", Method: http.MethodPost, Path: path + "$", Count: 1})
	}
	e.accelo.resetCounters()
	e.hold = e.proxy.hold(path, kind)
	e.startSync()
	e.waitUntilHeld(e.hold)
	return e
}

// startSync starts the import or the alert that sends the create.
func (e *inDoubtEnv) startSync() {
	e.t.Helper()
	if e.path == "/requests" {
		device, _ := e.device(0)
		uid := e.trigger(device.ID, condition(1))
		e.waitForSync = func() { require.Equal(e.t, flow.Opened, e.workflowResult(alertTriggered(uid)).Outcome) }
		return
	}
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitForSync = func() {
		result := running()
		require.Equal(e.t, 0, result.Code, result.Stdout+result.Stderr)
	}
}

// requireExactlyOnce waits for the sync and requires that the object and everything else exists exactly once.
func (e *inDoubtEnv) requireExactlyOnce() {
	e.t.Helper()
	e.waitForSync()
	require.Empty(e.t, e.runImport().Failures)
	o := e.requireInSync()
	require.Len(e.t, o.accelo.Companies, len(e.initial.Companies)+1)
	require.Len(e.t, o.accelo.Contacts, len(e.initial.Contacts)+1)
	require.Len(e.t, o.accelo.Assets, len(e.initial.Assets)+1)
	if e.path == "/requests" {
		require.Len(e.t, o.accelo.Requests, len(e.initial.Requests)+1)
	}
	require.Empty(e.t, e.accelo.violations())
}

// signalAll sends a signal to each of the workers that still runs.
func (e *inDoubtEnv) signalAll(signal syscall.Signal) {
	e.t.Helper()
	for _, worker := range e.workers {
		if !hasEnded(worker) {
			require.NoError(e.t, worker.Signal(signal))
		}
	}
}

// createCalls counts the create calls that reached the vendor.
func (e *inDoubtEnv) createCalls() int { return e.accelo.count(http.MethodPost, e.path) }

// The vendor does the work, the reply is lost and the worker is killed: the next worker adopts the object and creates nothing.
func TestInDoubtReplyLost(t *testing.T) {
	t.Parallel()
	for _, create := range creations {
		t.Run(create.name, func(t *testing.T) {
			t.Parallel()
			e := newInDoubtEnv(t, create.path, holdReply)
			for _, worker := range e.workers {
				worker.Kill()
			}
			e.startWorker()
			e.requireExactlyOnce()
			require.Equal(t, 1, e.createCalls(), "created again instead of adopted")
		})
	}
}

// The create is still in flight when its worker is killed. The next worker takes over the claim and waits until the create arrives.
func TestInDoubtCreateArrivesLate(t *testing.T) {
	t.Parallel()
	for _, create := range allIfFullSize(creations[2:3]) {
		t.Run(create.name, func(t *testing.T) {
			t.Parallel()
			e := newInDoubtEnv(t, create.path, holdRequest)
			for _, worker := range e.workers {
				worker.Kill()
			}
			e.startWorker()
			// The claim expires after 40 seconds, and is in doubt for another minute.
			pauseFor(e.ctx, 50*time.Second)
			close(e.hold.release)
			e.requireExactlyOnce()
			require.Equal(t, 1, e.createCalls(), "created again although the first create was in flight")
		})
	}
}

// Of two workers one freezes between claim and create for longer than its claim and its activity are valid. When it continues, the
// other worker has created the object, and it must not create another.
func TestInDoubtWorkerFrozen(t *testing.T) {
	t.Parallel()
	for _, create := range allIfFullSize(creations[2:3]) {
		t.Run(create.name, func(t *testing.T) {
			t.Parallel()
			e := newInDoubtEnv(t, create.path, holdToken)
			e.startWorker()
			e.signalAll(syscall.SIGSTOP)
			t.Cleanup(func() { e.signalAll(syscall.SIGCONT) })
			close(e.hold.release) // the token is ready when it wakes up
			require.Equal(t, 1, e.createCalls(), "only the create with the refused token")
			searches := e.accelo.count(http.MethodGet, create.searchPath)
			e.waitUntil("the other worker has created it", func() bool { return e.createCalls() == 2 })
			require.Greater(t, e.accelo.count(http.MethodGet, create.searchPath), searches, "created without a search: no worker was frozen in time")
			e.signalAll(syscall.SIGCONT)
			for _, worker := range e.workers {
				require.NoError(t, worker.Stop(e.ctx), "a worker finishes its current work when it stops")
			}
			e.requireExactlyOnce()
			require.Equal(t, 2, e.createCalls(), "the frozen worker created it too")
		})
	}
}

// allIfFullSize returns all creations in a full-size run, and otherwise only the given ones: each of these tests takes minutes.
func allIfFullSize(few []creation) []creation {
	if fullSize() {
		return creations
	}
	return few
}
