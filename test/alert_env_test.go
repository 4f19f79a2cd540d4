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

// alertEnv is a testEnv in which the vendors send their webhooks through a proxy that the test controls.
type alertEnv struct {
	*testEnv
	webhooks *webhookProxy
	// serveURL is the base URL of `starter serve`, and serveProgram its process.
	serveURL     string
	serveProgram *local.Program
	// awaited counts the recorded deliveries whose workflows have been awaited.
	awaited int
}

// newAlertEnv returns an environment whose programs the test starts.
func newAlertEnv(t testing.TB, s scenario) *alertEnv {
	t.Helper()
	e := &alertEnv{testEnv: newTestEnv(t, s), webhooks: newWebhookProxy(t)}
	e.options.Environment = append(e.options.Environment, "PUBLIC_URL="+e.webhooks.url)
	e.stack.Set("PUBLIC_URL=" + e.webhooks.url)
	return e
}

// newRunningAlertEnv returns an environment with a worker and a `starter serve`.
func newRunningAlertEnv(t testing.TB, s scenario) *alertEnv {
	t.Helper()
	e := newAlertEnv(t, s)
	e.startWorker()
	e.startServe()
	return e
}

// newConnectedAlertEnv also runs `starter connect`.
func newConnectedAlertEnv(t testing.TB, s scenario) *alertEnv {
	t.Helper()
	e := newRunningAlertEnv(t, s)
	result := e.starter("connect", "--json")
	if e.initial.Mode == accelo.ModeDocumented { // an administrator has to create the asset type, which alerts don't need
		require.Equal(t, 3, result.Code, result.Stdout+result.Stderr)
	} else {
		require.Equal(t, 0, result.Code, result.Stdout+result.Stderr)
	}
	return e
}

// newImportedAlertEnv also runs an import.
func newImportedAlertEnv(t testing.TB, s scenario) *alertEnv {
	t.Helper()
	e := newConnectedAlertEnv(t, s)
	require.Empty(t, e.runImport().Failures)
	e.waitUntilIdle()
	return e
}

// startServe starts a `starter serve`, which gets the webhooks from then on.
func (e *alertEnv) startServe() {
	e.t.Helper()
	front, url, err := e.stack.StartServe(e.ctx)
	require.NoError(e.t, err)
	e.serveProgram, e.serveURL = front, url
	e.webhooks.setTarget(url)
}

// device returns the n-th approved device and its organization.
func (e *alertEnv) device(n int) (ninjaone.Device, ninjaone.Organization) {
	e.t.Helper()
	state := e.ninjaOne.state()
	for _, device := range state.Devices {
		if device.ApprovalStatus != "APPROVED" {
			continue
		}
		if n--; n < 0 {
			at := slices.IndexFunc(state.Organizations, func(o ninjaone.Organization) bool { return o.ID == device.OrganizationID })
			return device, state.Organizations[at]
		}
	}
	require.Fail(e.t, "too few devices")
	return ninjaone.Device{}, ninjaone.Organization{}
}

// trigger fires an alert and returns its UID. The spec holds more parameters of the simulator's action.
func (e *alertEnv) trigger(deviceID int, spec map[string]any) (uid string) {
	e.t.Helper()
	input := map[string]any{"device_id": deviceID}
	for name, value := range spec {
		input[name] = value
	}
	uid, ok := e.ninjaOne.act("trigger", input)["uid"].(string)
	require.True(e.t, ok)
	return uid
}

// condition returns the spec of the n-th condition. Alerts of different conditions never join the same request.
func condition(n int) map[string]any {
	return map[string]any{"source_config_uid": fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "subject": "C:", "severity": "MAJOR", "message": fmt.Sprintf("condition %d is met", n)}
}

// openRequest triggers an alert, waits until everything is idle and returns the alert's request.
func (e *alertEnv) openRequest(deviceID, n int) (uid string, request accelo.Request) {
	e.t.Helper()
	uid = e.trigger(deviceID, condition(n))
	e.waitUntilIdle()
	return uid, e.requestOf(uid)
}

func (e *alertEnv) reset(uid string) { e.ninjaOne.act("reset", map[string]any{"uid": uid}) }

// requestsOf returns the requests whose body names an alert.
func (e *alertEnv) requestsOf(uid string) []accelo.Request {
	e.t.Helper()
	return requestsNaming(e.accelo.state(), uid)
}

func requestsNaming(world accelo.World, uid string) []accelo.Request {
	return slices.DeleteFunc(world.Requests, func(r accelo.Request) bool {
		return !slices.Contains(strings.Split(r.Body, "\n"), "NinjaOne alert UID: "+uid)
	})
}

// requestOf returns the only request of an alert.
func (e *alertEnv) requestOf(uid string) accelo.Request {
	e.t.Helper()
	found := e.requestsOf(uid)
	require.Len(e.t, found, 1, "requests of alert %s", uid)
	return found[0]
}

// requestByID returns the current state of a request.
func (e *alertEnv) requestByID(id int64) accelo.Request {
	e.t.Helper()
	return findOne(e.t, "request "+itoa(id), e.accelo.state().Requests, func(r accelo.Request) bool { return r.ID == id })
}

// isActive reports whether NinjaOne still lists an alert.
func (e *alertEnv) isActive(uid string) bool {
	e.t.Helper()
	return slices.ContainsFunc(e.ninjaOne.state().Alerts, func(a ninjaone.Alert) bool { return a.UID == uid })
}

// notes returns the notes on an object.
func (e *alertEnv) notes(kind string, id int64) []accelo.Activity {
	e.t.Helper()
	return slices.DeleteFunc(e.accelo.state().Activities, func(a accelo.Activity) bool {
		return a.Medium != "note" || a.AgainstType != kind || a.AgainstID != id
	})
}

// linkedAssets returns the IDs of the assets that are linked to an object.
func (e *alertEnv) linkedAssets(kind string, id int64) []int64 {
	e.t.Helper()
	var assets []int64
	for _, link := range e.accelo.state().AssetLinks {
		if link.LinkedType == kind && link.LinkedID == id {
			assets = append(assets, link.AssetID)
		}
	}
	return assets
}

// assetIDOf returns the ID of a device's asset, or 0 if it has none.
func (e *alertEnv) assetIDOf(device ninjaone.Device) int64 {
	e.t.Helper()
	state := e.accelo.state()
	page := e.devicePageURL(int64(device.ID))
	for _, asset := range state.Assets {
		if state.FieldValues(asset.ID)["ninja_url"] == page {
			return asset.ID
		}
	}
	return 0
}

// outcome is the result of an alert workflow.
type outcome struct {
	Outcome   string `json:"outcome"`
	RequestID int64  `json:"request_id"`
	Text      string `json:"text"`
}

// workflowResult waits for a workflow and returns its result.
func (e *alertEnv) workflowResult(workflowID string) outcome {
	e.t.Helper()
	e.ninjaOne.act("deliveries/drain", nil) // the webhook that starts it may still be in flight
	e.accelo.act("deliveries/drain", nil)
	var result outcome
	require.NoError(e.t, e.temporal.GetWorkflow(e.ctx, workflowID, "").Get(e.ctx, &result), workflowID)
	return result
}

// workflowDetails returns the current details of a workflow, as Temporal's UI shows them.
func (e *alertEnv) workflowDetails(workflowID string) string {
	e.t.Helper()
	answer, err := e.temporal.QueryWorkflow(e.ctx, workflowID, "", "__temporal_workflow_metadata")
	require.NoError(e.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(e.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// waitUntilIdle waits until every webhook is delivered, every workflow started by one has ended, and no new webhook follows.
func (e *alertEnv) waitUntilIdle() {
	e.t.Helper()
	for {
		e.ninjaOne.act("deliveries/drain", nil)
		e.accelo.act("deliveries/drain", nil)
		fresh := e.webhooks.recorded(e.awaited)
		if len(fresh) == 0 {
			return
		}
		e.awaited += len(fresh)
		for _, delivery := range fresh {
			if id := delivery.workflow(); id != "" && delivery.status == http.StatusAccepted {
				// Whether the workflow may fail is for the test to check.
				_ = e.temporal.GetWorkflow(e.ctx, id, "").Get(e.ctx, nil)
			}
		}
	}
}

// requireIdle requires that nothing happens any more, and that no call violated the vendors' contracts.
func (e *alertEnv) requireIdle() {
	e.t.Helper()
	e.waitUntilIdle()
	before, deliveries := e.calls(), len(e.webhooks.recorded(0))
	e.waitUntilIdle()
	require.Equal(e.t, before, e.calls())
	require.Len(e.t, e.webhooks.recorded(0), deliveries)
	require.Empty(e.t, e.ninjaOne.violations())
	require.Empty(e.t, e.accelo.violations())
}

// calls returns the calls to both vendors since resetCalls, oldest first, without calls for tokens.
func (e *alertEnv) calls() []string {
	e.t.Helper()
	all := slices.Concat(
		callJSON[[]lab.Call](e.testEnv, http.MethodGet, e.ninjaOne.url+"/_lab/calls", nil),
		callJSON[[]lab.Call](e.testEnv, http.MethodGet, e.accelo.url+"/_lab/calls", nil),
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

// resetCalls clears both vendors' call logs and counters.
func (e *alertEnv) resetCalls() {
	e.t.Helper()
	e.ninjaOne.resetCounters()
	e.accelo.resetCounters()
}

// deliver sends a recorded webhook to `starter serve` again and returns the HTTP status.
func (e *alertEnv) deliver(sent delivery) int {
	e.t.Helper()
	request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.serveURL, nil)
	require.NoError(e.t, err)
	status, err := sent.post(request, e.serveURL)
	require.NoError(e.t, err)
	return status
}

// deliverAll sends recorded webhooks to `starter serve` at the same time. All must be accepted.
func (e *alertEnv) deliverAll(all ...delivery) {
	e.t.Helper()
	statuses := make(chan int, len(all))
	begin := make(chan struct{})
	for _, sent := range all {
		go func() {
			<-begin
			request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.serveURL, nil)
			if err != nil {
				statuses <- 0
				return
			}
			status, err := sent.post(request, e.serveURL)
			if err != nil {
				status = 0
			}
			statuses <- status
		}()
	}
	close(begin)
	for range all {
		require.Equal(e.t, http.StatusAccepted, <-statuses)
	}
}

// waitForWorkflows waits for workflows that waitUntilIdle does not know, because deliver or deliverAll started them.
func (e *alertEnv) waitForWorkflows(ids ...string) {
	e.t.Helper()
	for _, id := range ids {
		_ = e.temporal.GetWorkflow(e.ctx, id, "").Get(e.ctx, nil)
	}
}

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
