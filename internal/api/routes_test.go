package api_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// Only a bearer token grants access; cookies count for nothing.
func TestAuthentication(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, test := range map[string]struct {
		authorization string
		want          int
	}{
		"none":             {"", http.StatusUnauthorized},
		"empty":            {"Bearer ", http.StatusUnauthorized},
		"wrong":            {"Bearer wrong", http.StatusUnauthorized},
		"prefix":           {"Bearer " + adminToken[:10], http.StatusUnauthorized},
		"another scheme":   {"Basic " + adminToken, http.StatusUnauthorized},
		"unknown token":    {"Bearer nja_x", http.StatusUnauthorized},
		"correct":          {"Bearer " + adminToken, http.StatusOK},
		"lower-case":       {"bearer " + adminToken, http.StatusOK},
		"token and suffix": {"Bearer " + adminToken + "x", http.StatusUnauthorized},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/connections", nil)
		request.Header.Set("Authorization", test.authorization)
		got := f.do(request)
		require.Equal(t, test.want, got.code, name)
		require.Equal(t, "no-store", got.header.Get("Cache-Control"), name)
		if test.want == http.StatusUnauthorized {
			require.Contains(t, got.header.Get("WWW-Authenticate"), "Bearer realm=", name)
			got.requireProblem(http.StatusUnauthorized, "")
		}
	}
	f.get("/nothing").requireProblem(http.StatusNotFound, "")
}

// A token may do what its role allows, and nothing once it is deleted.
func TestTokensAndRoles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := map[string]map[string]any{}
	for _, role := range []string{"viewer", "operator", "administrator"} {
		created[role] = f.post("/tokens", `{"name":"`+role+`","role":"`+role+`"}`).object(http.StatusCreated)
	}
	f.post("/tokens", `{"name":"x","role":"root"}`).requireProblem(http.StatusUnprocessableEntity, "body.role")
	f.post("/tokens", `{"name":"x","role":"viewer","expires_at":"2001-01-01T00:00:00Z"}`).
		requireProblem(http.StatusUnprocessableEntity, "body.expires_at")
	listed := f.get("/tokens").object(http.StatusOK)
	require.Len(t, listed["items"], 3)
	for role, want := range map[string][3]int{ // reading, an operation (on a failure that does not exist), tokens
		"viewer":        {http.StatusOK, http.StatusForbidden, http.StatusForbidden},
		"operator":      {http.StatusOK, http.StatusNotFound, http.StatusForbidden},
		"administrator": {http.StatusOK, http.StatusNotFound, http.StatusOK},
	} {
		secret, ok := created[role]["token"].(string)
		require.True(t, ok)
		require.NotContains(t, f.get("/tokens").body, secret)
		require.NotContains(t, f.get("/audit").body, secret)
		f.token = secret
		require.Equal(t, want[0], f.get("/connections").code, role)
		require.Equal(t, want[1], f.post("/connections/msp/failures/dismiss", `{"kind":"device","ninja_id":"8"}`).code, role)
		require.Equal(t, want[2], f.get("/tokens").code, role)
		f.token = adminToken
	}
	id, _ := created["viewer"]["id"].(string)
	require.Equal(t, http.StatusNoContent, f.send(http.MethodDelete, "/api/v1/tokens/"+id, "").code)
	f.send(http.MethodDelete, "/api/v1/tokens/"+id, "").requireProblem(http.StatusNotFound, "")
	f.token, _ = created["viewer"]["token"].(string)
	f.get("/connections").requireProblem(http.StatusUnauthorized, "")
}

// Where a connection is unknown, so is everything of it.
func TestUnknownConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"", "/organizations", "/failures", "/records", "/alerts", "/records/device/8", "/imports/x", "/imports/x/events"} {
		f.get("/connections/other"+path).requireProblem(http.StatusNotFound, "")
	}
}

// Every list has pages that follow each other.
func TestLists(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, id := range []string{"1", "2", "3"} {
		f.link(store.Organizations, id, 1000)
		f.fail(id)
		_, err := f.store.TriggerAlert(t.Context(), store.AlertTrigger{Connection: "msp", UID: "alert " + id, OrganizationID: 7, DeviceID: 8})
		require.NoError(t, err)
		require.NoError(t, f.store.AppendAudit(t.Context(), store.AuditEntry{About: "msp", Actor: "jane", Action: "import"}))
	}
	_, _, err := f.store.ResetAlert(t.Context(), "msp", "alert 1", 9, nil)
	require.NoError(t, err)
	for path, want := range map[string]int{
		"/organizations?": 3, "/failures?": 3, "/records?kind=organization&": 3, "/records?q=2&": 2, "/alerts?": 3, "/alerts?state=active&": 2,
		"/alerts?state=reset&": 1, "/audit?": 3,
	} {
		seen, cursor := 0, ""
		for {
			answered := f.get("/connections/msp" + path + "limit=2&cursor=" + cursor)
			got := answered.object(http.StatusOK)
			items, ok := got["items"].([]any)
			require.True(t, ok, path)
			seen += len(items)
			if cursor, _ = got["next_cursor"].(string); cursor == "" {
				break
			}
			require.Len(t, items, 2, path)
		}
		require.Equal(t, want, seen, path)
		f.get("/connections/msp"+path+"cursor=x").requireProblem(http.StatusUnprocessableEntity, "query.cursor")
		f.get("/connections/msp"+path+"limit=0").requireProblem(http.StatusUnprocessableEntity, "query.limit")
	}
	f.get("/connections/msp/alerts?state=x").requireProblem(http.StatusUnprocessableEntity, "query.state")
	f.get("/connections/msp/alerts?stat=active").requireProblem(http.StatusUnprocessableEntity, "query.stat")
	f.get("/connections/msp/records?kind=x").requireProblem(http.StatusUnprocessableEntity, "query.kind")
	require.Contains(t, f.get("/connections/msp/alerts?state=reset").body, `"decision":"`)
}

func TestPlanAndItsChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(t, map[string]any{flow.FullImport: func(ctx workflow.Context, _ flow.FullImportInput) error {
		return workflow.Await(ctx, func() bool { return false })
	}})
	f.post("/connections/msp/imports", `{"plan":true}`).requireProblem(http.StatusConflict, "")
	require.NoError(t, f.store.SaveSettings(t.Context(), "msp", store.Settings{Connected: true}, true, nil))
	started := f.post("/connections/msp/imports", `{"plan":true}`).object(http.StatusAccepted)
	require.Equal(t, "full-import/msp", started["workflow_id"])
	id, _ := started["id"].(string)
	require.NotEmpty(t, id)
	require.Equal(t, "reading", f.get("/connections/msp/imports/" + id).object(http.StatusOK)["phase"], "it is known as soon as it has an id")
	f.post("/connections/msp/imports", `{}`).requireProblem(http.StatusConflict, "")

	var changes []rules.Change
	for i := range 5 {
		changes = append(changes, rules.Change{Kind: rules.OrganizationChange, OrganizationID: i + 1, NinjaID: strconv.Itoa(i + 1), Action: "create"})
	}
	require.NoError(t, f.store.AddChanges(t.Context(), id, changes))
	path, cursor, seen := "/connections/msp/imports/"+id, "", 0
	for page := 0; page == 0 || cursor != ""; page++ {
		got := f.get(path + "/changes?limit=2&cursor=" + cursor).object(http.StatusOK)
		items, _ := got["items"].([]any)
		seen += len(items)
		cursor, _ = got["next_cursor"].(string)
	}
	require.Equal(t, 5, seen)
	require.Equal(t, true, f.get(path).object(http.StatusOK)["plan"])
	for _, action := range []string{"pause", "resume", "cancel"} {
		require.Equal(t, id, f.post(path+"/"+action, "").object(http.StatusAccepted)["id"])
	}
	require.NoError(t, f.store.FinishImport(t.Context(), id, []byte(`{"connection":"msp","failures":[]}`)))
	events := f.get(path + "/events")
	require.Equal(t, http.StatusOK, events.code)
	require.Equal(t, "text/event-stream", events.header.Get("Content-Type"))
	require.Contains(t, events.body, "event: done\ndata: {")
}

// An import that ended without a result says so, and ends the stream of its events.
func TestFailedImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(t, map[string]any{flow.FullImport: func(workflow.Context, flow.FullImportInput) error {
		return temporal.NewNonRetryableApplicationError("no", "no", nil)
	}})
	require.NoError(t, f.store.SaveSettings(t.Context(), "msp", store.Settings{Connected: true}, true, nil))
	id, _ := f.post("/connections/msp/imports", `{}`).object(http.StatusAccepted)["id"].(string)
	events := f.get("/connections/msp/imports/" + id + "/events")
	require.Contains(t, events.body, "event: done\ndata: {")
	require.Contains(t, events.body, `"phase":"failed"`)
	require.Equal(t, "failed", f.get("/connections/msp/imports/" + id).object(http.StatusOK)["phase"])
}

func TestImportBodies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.SaveSettings(t.Context(), "msp", store.Settings{Connected: true}, true, nil))
	for body, location := range map[string]string{
		`{"records":["tickets"]}`: "body.records",
		`{"plan":"yes"}`:          "body.plan",
		`{"plans":true}`:          "body.plans",
		`{"organizations":["7"]}`: "body.organizations[0]",
		`{"organizations":[-1]}`:  "body.organizations",
	} {
		f.post("/connections/msp/imports", body).requireProblem(http.StatusUnprocessableEntity, location)
	}
	f.post("/connections/msp/imports", `{`).requireProblem(http.StatusBadRequest, "")
	unavailable := f.post("/connections/msp/imports", `{}`)
	unavailable.requireProblem(http.StatusServiceUnavailable, "")
	require.Equal(t, "5", unavailable.header.Get("Retry-After"))
	f.post("/connections/other/imports", `{}`).requireProblem(http.StatusNotFound, "")
}

func TestRecordsAndFailures(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(t, map[string]any{
		flow.ImportOrganization: func(workflow.Context, flow.ImportOrganizationInput) error { return nil },
		flow.Reconcile:          func(workflow.Context, flow.ReconcileInput) error { return nil },
	})
	f.link(store.Devices, "8", 12)
	f.fail("9")
	const device = "/connections/msp/records/device/8"
	require.NotNil(t, f.get(device).object(http.StatusOK)["link"])
	require.Equal(t, "import-organization/msp/7", f.post(device+"/sync", "").object(http.StatusAccepted)["workflow_id"])
	f.post(device+"/relink", `{"accelo_id":0}`).requireProblem(http.StatusUnprocessableEntity, "body.accelo_id")
	f.post(device+"/relink", `{"accelo_id":13}`).requireProblem(http.StatusConflict, "") // not set up
	f.post("/connections/msp/records/printer/8/sync", "").requireProblem(http.StatusUnprocessableEntity, "path.kind")
	require.InDelta(t, 12, f.post(device+"/unlink", "").object(http.StatusOK)["before"], 0)
	f.post(device+"/unlink", "").requireProblem(http.StatusConflict, "")

	f.post("/connections/msp/failures/retry", `{}`).requireProblem(http.StatusUnprocessableEntity, "body.kind")
	f.post("/connections/msp/failures/retry", `{"kind":"device"}`).requireProblem(http.StatusUnprocessableEntity, "body.ninja_id")
	f.post("/connections/msp/failures/retry", `{"kind":"device","ninja_id":"404"}`).requireProblem(http.StatusNotFound, "")
	require.Len(t, f.post("/connections/msp/failures/retry", `{"kind":"device","ninja_id":"9"}`).object(http.StatusAccepted)["started"], 1)
	require.Len(t, f.post("/connections/msp/failures/retry", `{"all":true}`).object(http.StatusAccepted)["started"], 1)
	require.Equal(t, "9", f.post("/connections/msp/failures/dismiss", `{"kind":"device","ninja_id":"9"}`).object(http.StatusOK)["ninja_id"])

	require.Equal(t, "reconcile/msp", f.post("/connections/msp/reconciles", "").object(http.StatusAccepted)["workflow_id"])
	f.post("/connections/msp/reconciles/approve", "").requireProblem(http.StatusConflict, "")
	audit, ok := f.get("/audit").object(http.StatusOK)["items"].([]any)
	require.True(t, ok)
	require.Len(t, audit, 7)
}
