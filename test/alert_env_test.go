package test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/simulator/accelo"
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
	program, url, err := e.stack.StartServe(e.ctx)
	require.NoError(e.t, err)
	e.serveProgram, e.serveURL = program, url
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
	return map[string]any{
		"source_config_uid": fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		"subject":           "C:", "severity": "MAJOR", "message": fmt.Sprintf("condition %d is met", n),
	}
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

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
