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

// doubtPatience is for creates that are in doubt: an alert's activity is given up after three minutes, a claim after 40 seconds, and
// the doubt a minute later.
const doubtPatience = 8 * time.Minute

// creates are the objects that are made in Accelo, where there are no idempotency keys.
var creates = []create{
	{"company", "/companies", "/companies"},
	{"contact", "/contacts", "/affiliations"},
	{"asset", "/assets", "/assets"},
	{"request", "/requests", "/requests"},
}

// create is an object that is made by a POST to path, and looked for by a GET of look.
type create struct{ name, path, look string }

// doubtWorld is a world in which one organization with one device is to be synced, or one alert of it, and everything goes to
// Accelo by a strait.
type doubtWorld struct {
	*alertWorld
	strait *strait
	// path is where the create in question goes, hold what is held up of it.
	path string
	hold *hold
	// workers are those of which one makes the create: there is one in `starter serve` too.
	workers []*local.Program
	// ends waits for the sync's end.
	ends func()
}

// inDoubt begins a sync whose create is held up, and returns when it is.
func inDoubt(t *testing.T, path string, kind holdKind) *doubtWorld {
	t.Helper()
	w := &doubtWorld{alertWorld: gatedWorld(t, scenario{organizations: 1, devices: 1, patience: doubtPatience}), path: path}
	w.strait = newStrait(t, w.accelo.url)
	w.options.Environment = append(w.options.Environment, "ACCELO_URL="+w.strait.url)
	w.stack.Set("ACCELO_URL=" + w.strait.url)
	first := w.worker()
	w.serve()
	w.workers = []*local.Program{first, w.front}
	require.Equal(t, 0, w.run("connect").Code)
	if path == "/requests" {
		require.Empty(t, w.imports().Failures)
	}
	if kind == holdToken { // the create needs another token first
		w.accelo.fail(lab.Fault{Kind: "revoke-token", Method: http.MethodPost, Path: path + "$", Count: 1})
	}
	w.accelo.resetCounters()
	w.hold = w.strait.hold(path, kind)
	w.begin()
	w.meets(w.hold)
	return w
}

// begin starts what makes the create.
func (w *doubtWorld) begin() {
	w.t.Helper()
	if w.path == "/requests" {
		device, _ := w.device(0)
		uid := w.trigger(device.ID, condition(1))
		w.ends = func() { require.Equal(w.t, flow.Opened, w.result(alertTriggered(uid)).Outcome) }
		return
	}
	running := w.starting(w.ctx, "import", "--json")
	w.ends = func() {
		result := running()
		require.Equal(w.t, 0, result.Code, result.Stdout+result.Stderr)
	}
}

// once: the object is there exactly once, and so is everything else.
func (w *doubtWorld) once() {
	w.t.Helper()
	w.ends()
	require.Empty(w.t, w.imports().Failures)
	o := w.compare()
	require.Len(w.t, o.accelo.Companies, len(w.before.Companies)+1)
	require.Len(w.t, o.accelo.Contacts, len(w.before.Contacts)+1)
	require.Len(w.t, o.accelo.Assets, len(w.before.Assets)+1)
	if w.path == "/requests" {
		require.Len(w.t, o.accelo.Requests, len(w.before.Requests)+1)
	}
	require.Empty(w.t, w.accelo.violations())
}

// signalAll sends a signal to those of which one makes the create, unless they have ended.
func (w *doubtWorld) signalAll(signal syscall.Signal) {
	w.t.Helper()
	for _, worker := range w.workers {
		if !over(worker) {
			require.NoError(w.t, worker.Signal(signal))
		}
	}
}

// made is how many creates the vendor was asked for.
func (w *doubtWorld) made() int { return w.accelo.count(http.MethodPost, w.path) }

// The work is done, the reply is lost and the worker is killed before it knows: the next one adopts what is there, and asks for
// nothing to be made.
func TestDoubtReplyLostAndKilled(t *testing.T) {
	t.Parallel()
	for _, create := range creates {
		t.Run(create.name, func(t *testing.T) {
			t.Parallel()
			w := inDoubt(t, create.path, holdReply)
			for _, worker := range w.workers {
				worker.Kill()
			}
			w.worker()
			w.once()
			require.Equal(t, 1, w.made(), "it was made again instead of adopted")
		})
	}
}

// The create is still under way when its worker is killed and the next one takes the claim over: it happens a moment later, and the
// next one has waited for it.
func TestDoubtWorkDoneLate(t *testing.T) {
	t.Parallel()
	for _, create := range atScale(creates[2:3]) {
		t.Run(create.name, func(t *testing.T) {
			t.Parallel()
			w := inDoubt(t, create.path, holdRequest)
			for _, worker := range w.workers {
				worker.Kill()
			}
			w.worker()
			// The claim runs out after 40 seconds, and is in doubt for a minute after that.
			pauseFor(w.ctx, 50*time.Second)
			close(w.hold.free)
			w.once()
			require.Equal(t, 1, w.made(), "it was made again although it was under way")
		})
	}
}

// Two workers at once, and one of them stands still between its claim and its create for longer than its claim and its activity are
// good for. When it goes on, the other one has made the object: it must not make another.
func TestDoubtFrozenBeforeTheCreate(t *testing.T) {
	t.Parallel()
	for _, create := range atScale(creates[2:3]) {
		t.Run(create.name, func(t *testing.T) {
			t.Parallel()
			w := inDoubt(t, create.path, holdToken)
			w.worker()
			w.signalAll(syscall.SIGSTOP)
			t.Cleanup(func() { w.signalAll(syscall.SIGCONT) })
			close(w.hold.free) // its token is there as soon as it wakes up
			require.Equal(t, 1, w.made(), "it was to be refused once")
			looks := w.accelo.count(http.MethodGet, create.look)
			w.until("the other worker has made it", func() bool { return w.made() == 2 })
			require.Greater(t, w.accelo.count(http.MethodGet, create.look), looks, "it was made without a look at what there is: nobody was frozen")
			w.signalAll(syscall.SIGCONT)
			for _, worker := range w.workers {
				require.NoError(t, worker.Stop(w.ctx), "it ends when it has done what it had in hand")
			}
			w.once()
			require.Equal(t, 2, w.made(), "the frozen worker has made it too")
		})
	}
}

// atScale are all the creates in a run of full size, and otherwise those given: each of these tests waits for minutes.
func atScale(few []create) []create {
	if whole() {
		return creates
	}
	return few
}
