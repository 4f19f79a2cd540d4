package test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// alertWorld is a world whose vendors' webhooks come in by a gate that the test holds.
type alertWorld struct {
	*world
	gate *gate
	// served is the base URL of `starter serve`, front its process.
	served string
	front  *local.Program
	// awaited is how many of the gate's deliveries have been followed to their end.
	awaited int
}

// startAlerts is a world with a worker, a `starter serve` and registered webhooks; it ends without a violation.
func startAlerts(t testing.TB, s scenario) *alertWorld {
	t.Helper()
	w := &alertWorld{world: newWorld(t, s), gate: newGate(t)}
	w.options.Environment = append(w.options.Environment, "PUBLIC_URL="+w.gate.url)
	w.stack.Set("PUBLIC_URL=" + w.gate.url)
	w.worker()
	w.serve()
	return w
}

// connectedAlerts is startAlerts after a `connect`.
func connectedAlerts(t testing.TB, s scenario) *alertWorld {
	t.Helper()
	w := startAlerts(t, s)
	result := w.run("connect", "--json")
	if w.before.Mode == accelo.ModeDocumented { // the asset type is for a person to make; alerts need none
		require.Equal(t, 3, result.Code, result.Stdout+result.Stderr)
	} else {
		require.Equal(t, 0, result.Code, result.Stdout+result.Stderr)
	}
	return w
}

// importedAlerts is connectedAlerts after an import.
func importedAlerts(t testing.TB, s scenario) *alertWorld {
	t.Helper()
	w := connectedAlerts(t, s)
	require.Empty(t, w.imports().Failures)
	w.quiet()
	return w
}

// serve starts a `starter serve` and leads the gate to it.
func (w *alertWorld) serve() {
	w.t.Helper()
	front, url, err := w.stack.StartServe(w.ctx)
	require.NoError(w.t, err)
	w.front, w.served = front, url
	w.gate.lead(url)
}

// device is the n-th approved device, and its organization.
func (w *alertWorld) device(n int) (ninjaone.Device, ninjaone.Organization) {
	w.t.Helper()
	state := w.ninjaOne.state()
	for _, device := range state.Devices {
		if device.ApprovalStatus != "APPROVED" {
			continue
		}
		if n--; n < 0 {
			at := slices.IndexFunc(state.Organizations, func(o ninjaone.Organization) bool { return o.ID == device.OrganizationID })
			return device, state.Organizations[at]
		}
	}
	require.Fail(w.t, "there are too few devices")
	return ninjaone.Device{}, ninjaone.Organization{}
}

// trigger makes a condition fire; spec are further members of the simulator's action.
func (w *alertWorld) trigger(deviceID int, spec map[string]any) (uid string) {
	w.t.Helper()
	input := map[string]any{"device_id": deviceID}
	for name, value := range spec {
		input[name] = value
	}
	uid, ok := w.ninjaOne.act("trigger", input)["uid"].(string)
	require.True(w.t, ok)
	return uid
}

// condition is the spec of a condition of its own, so that nothing joins anything by chance.
func condition(n int) map[string]any {
	return map[string]any{"source_config_uid": fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "subject": "C:", "severity": "MAJOR", "message": fmt.Sprintf("condition %d is met", n)}
}

// opens triggers an alert and returns its request once everything is quiet.
func (w *alertWorld) opens(deviceID, n int) (uid string, request accelo.Request) {
	w.t.Helper()
	uid = w.trigger(deviceID, condition(n))
	w.quiet()
	return uid, w.request(uid)
}

func (w *alertWorld) reset(uid string) { w.ninjaOne.act("reset", map[string]any{"uid": uid}) }

// requests are the requests that bear an alert's mark.
func (w *alertWorld) requests(uid string) []accelo.Request {
	w.t.Helper()
	return markedRequests(w.accelo.state(), uid)
}

func markedRequests(world accelo.World, uid string) []accelo.Request {
	return slices.DeleteFunc(world.Requests, func(r accelo.Request) bool {
		return !slices.Contains(strings.Split(r.Body, "\n"), "NinjaOne alert UID: "+uid)
	})
}

// request is the one request of an alert.
func (w *alertWorld) request(uid string) accelo.Request {
	w.t.Helper()
	marked := w.requests(uid)
	require.Len(w.t, marked, 1, "requests of alert %s", uid)
	return marked[0]
}

// requestByID is a request as it is now.
func (w *alertWorld) requestByID(id int64) accelo.Request {
	w.t.Helper()
	return theOne(w.t, "request "+itoa(id), w.accelo.state().Requests, func(r accelo.Request) bool { return r.ID == id })
}

// active tells whether NinjaOne still lists an alert.
func (w *alertWorld) active(uid string) bool {
	w.t.Helper()
	return slices.ContainsFunc(w.ninjaOne.state().Alerts, func(a ninjaone.Alert) bool { return a.UID == uid })
}

// notes are the notes on an object.
func (w *alertWorld) notes(kind string, id int64) []accelo.Activity {
	w.t.Helper()
	return slices.DeleteFunc(w.accelo.state().Activities, func(a accelo.Activity) bool {
		return a.Medium != "note" || a.AgainstType != kind || a.AgainstID != id
	})
}

// linked are the assets linked to an object.
func (w *alertWorld) linked(kind string, id int64) []int64 {
	w.t.Helper()
	var assets []int64
	for _, link := range w.accelo.state().AssetLinks {
		if link.LinkedType == kind && link.LinkedID == id {
			assets = append(assets, link.AssetID)
		}
	}
	return assets
}

// assetOf is the id of a device's asset; 0 where it has none.
func (w *alertWorld) assetOf(device ninjaone.Device) int64 {
	w.t.Helper()
	state := w.accelo.state()
	page := (&oracle{world: w.world}).devicePage(device)
	for _, asset := range state.Assets {
		if state.FieldValues(asset.ID)["ninja_url"] == page {
			return asset.ID
		}
	}
	return 0
}

// outcome is what an execution says that it did.
type outcome struct {
	Outcome   string `json:"outcome"`
	RequestID int64  `json:"request_id"`
	Text      string `json:"text"`
}

// result waits for an execution's end.
func (w *alertWorld) result(workflowID string) outcome {
	w.t.Helper()
	w.ninjaOne.act("deliveries/drain", nil) // what starts it may still be on its way
	w.accelo.act("deliveries/drain", nil)
	var result outcome
	require.NoError(w.t, w.temporal.GetWorkflow(w.ctx, workflowID, "").Get(w.ctx, &result), workflowID)
	return result
}

// details is what an execution says about itself in Temporal's UI.
func (w *alertWorld) details(workflowID string) string {
	w.t.Helper()
	answer, err := w.temporal.QueryWorkflow(w.ctx, workflowID, "", "__temporal_workflow_metadata")
	require.NoError(w.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(w.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// quiet waits until every webhook was delivered, every execution that one started has ended, and nothing new came of it.
func (w *alertWorld) quiet() {
	w.t.Helper()
	for {
		w.ninjaOne.act("deliveries/drain", nil)
		w.accelo.act("deliveries/drain", nil)
		fresh := w.gate.since(w.awaited)
		if len(fresh) == 0 {
			return
		}
		w.awaited += len(fresh)
		for _, delivery := range fresh {
			if id := delivery.workflow(); id != "" && delivery.status == http.StatusAccepted {
				// A flow that fails is for the test to judge.
				_ = w.temporal.GetWorkflow(w.ctx, id, "").Get(w.ctx, nil)
			}
		}
	}
}

// standStill checks that nothing goes on by itself, and that no call was one that the vendors let pass although it is wrong.
func (w *alertWorld) standStill() {
	w.t.Helper()
	w.quiet()
	before, deliveries := w.calls(), len(w.gate.since(0))
	w.quiet()
	require.Equal(w.t, before, w.calls())
	require.Len(w.t, w.gate.since(0), deliveries)
	require.Empty(w.t, w.ninjaOne.violations())
	require.Empty(w.t, w.accelo.violations())
}

// calls are both vendors' calls since the last reset of their counters, oldest first, without those for tokens.
func (w *alertWorld) calls() []string {
	w.t.Helper()
	all := slices.Concat(
		call[[]lab.Call](w.world, http.MethodGet, w.ninjaOne.url+"/_lab/calls", nil),
		call[[]lab.Call](w.world, http.MethodGet, w.accelo.url+"/_lab/calls", nil),
	)
	slices.SortFunc(all, func(a, b lab.Call) int { return a.Time.Compare(b.Time) })
	lines := []string{}
	for _, one := range all {
		if one.Kind != lab.KindAuth {
			lines = append(lines, one.Method+" "+strings.TrimPrefix(lab.NormalizePath(one.Path), "/api/v0"))
		}
	}
	return lines
}

func (w *alertWorld) forgetCalls() {
	w.t.Helper()
	w.ninjaOne.resetCounters()
	w.accelo.resetCounters()
}

// deliver hands `starter serve` a delivery, as a vendor would once more, and waits for what comes of it.
func (w *alertWorld) deliver(sent delivery) int {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.served, nil)
	require.NoError(w.t, err)
	status, err := sent.post(request, w.served)
	require.NoError(w.t, err)
	return status
}

// deliverAll hands `starter serve` deliveries in the same instant.
func (w *alertWorld) deliverAll(all ...delivery) {
	w.t.Helper()
	statuses := make(chan int, len(all))
	begin := make(chan struct{})
	for _, sent := range all {
		go func() {
			<-begin
			request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.served, nil)
			if err != nil {
				statuses <- 0
				return
			}
			status, err := sent.post(request, w.served)
			if err != nil {
				status = 0
			}
			statuses <- status
		}()
	}
	close(begin)
	for range all {
		require.Equal(w.t, http.StatusAccepted, <-statuses)
	}
}

// ended waits for executions that no delivery of the gate has started.
func (w *alertWorld) ended(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		_ = w.temporal.GetWorkflow(w.ctx, id, "").Get(w.ctx, nil)
	}
}

// acceptedStatus is the answer to a delivery that is durable.
const acceptedStatus = http.StatusAccepted

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
