package ninjaone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/ninjaone"
)

// An alert has the documented members, but never the device (ninjaone.md 5.2).
func TestAlertShape(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	device := n.approvedDevice()
	triggered := n.act("trigger", fmt.Sprintf(`{"device_id":%d,"severity":"MAJOR","priority":"HIGH","subject":"41","message":"<b>Disk</b> is full","source_config_uid":"cae74b14-cac8-4c35-8dea-f6ed59622602"}`, device.ID))
	rows := n.rows(fmt.Sprintf("/v2/alerts?df=id%%3D%d", device.ID))
	var row map[string]any
	for _, candidate := range rows {
		if candidate["uid"] == triggered["uid"] {
			row = candidate
		}
	}
	require.EqualValues(t, device.ID, row["deviceId"])
	require.Equal(t, "<b>Disk</b> is full", row["message"])
	require.Equal(t, "MAJOR", row["severity"])
	require.Equal(t, "HIGH", row["priority"])
	require.Equal(t, "41", row["subject"])
	require.Equal(t, "CONDITION_WINDOWS_EVENT_LOG_TRIGGERED", row["sourceType"])
	require.Equal(t, row["createTime"], row["updateTime"])
	require.NotContains(t, row, "device")
	require.Equal(t, rows, n.rows(fmt.Sprintf("/v2/device/%d/alerts", device.ID)))

	n.act("switches", `{"alerts_without_severity":true}`)
	for _, row := range n.rows("/v2/alerts") {
		require.NotContains(t, row, "severity")
		require.NotContains(t, row, "priority")
	}
}

// sourceType and df filter the list; pageSize and after are ignored (ninjaone.md 5.1).
func TestAlertFilters(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	all := n.rows("/v2/alerts")
	require.Len(t, all, 8)
	require.Len(t, n.rows("/v2/alerts?pageSize=2&after=5"), 8, "alerts are not paged")
	kind := all[0]["sourceType"].(string)
	for _, row := range n.rows("/v2/alerts?sourceType=" + kind) {
		require.Equal(t, kind, row["sourceType"])
	}
	require.Empty(t, n.rows("/v2/alerts?sourceType=CONDITION_EMAIL"))
	require.NoError(t, n.SetDevicePending(int(all[0]["deviceId"].(float64))))
	require.NotContains(t, fmt.Sprint(n.rows("/v2/alerts")), all[0]["uid"], "df defaults to approved devices")
}

// DELETE and POST reset an alert, a second reset returns 404, and GET is not supported (ninjaone.md 10).
func TestReset(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, method, suffix, body string }{
		{"delete", http.MethodDelete, "", ""},
		{"post with an object", http.MethodPost, "/reset", `{"ticket":42}`},
		{"post without a body", http.MethodPost, "/reset", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := smallTenant(t)
			triggered, err := n.TriggerAlert(n.approvedDevice().ID, ninjaone.AlertSpec{Severity: "MINOR"})
			require.NoError(t, err)
			path := "/v2/alert/" + triggered.UID
			require.Equal(t, http.StatusMethodNotAllowed, n.call(http.MethodGet, path, "").status)

			got := n.call(test.method, path+test.suffix, test.body)
			require.Equal(t, http.StatusNoContent, got.status)
			require.Empty(t, got.body)
			require.NotContains(t, fmt.Sprint(n.rows("/v2/alerts")), triggered.UID)

			again := n.call(test.method, path+test.suffix, test.body)
			require.Equal(t, http.StatusNotFound, again.status)
			require.Contains(t, again.body, `"resultCode"`)

			var log activities
			n.get("/v2/activities?seriesUid="+triggered.UID, &log)
			require.Len(t, log.Activities, 2)
			reset, trigger := log.Activities[0], log.Activities[1]
			require.Equal(t, "RESET", reset["statusCode"])
			require.Equal(t, "TRIGGERED", trigger["statusCode"])
			require.Greater(t, reset["id"], trigger["id"])
			require.Equal(t, trigger["sourceConfigUid"], reset["sourceConfigUid"])
			if test.body != "" {
				require.Equal(t, map[string]any{"ticket": 42.0}, reset["data"])
			}
			require.NotContains(t, reset, "userId")
		})
	}
}

func TestInvalidResets(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	require.Equal(t, 400, n.call(http.MethodDelete, "/v2/alert/177210", "").status, "an activity ID is not a UID")
	require.Equal(t, 404, n.call(http.MethodDelete, "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc", "").status)
	uid := n.Snapshot().Alerts[0].UID
	got := n.call(http.MethodPost, "/v2/alert/"+uid+"/reset", `[1]`)
	require.Equal(t, 400, got.status)
	var validation struct {
		ErrorMessage struct {
			Code string `json:"code"`
		} `json:"errorMessage"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &validation))
	require.NotEmpty(t, validation.ErrorMessage.Code, "the validation family of ninjaone.md 8.3")
	require.Len(t, n.Snapshot().Alerts, 8)
}

// A UID identifies one occurrence: the same condition on the same device gets a new one (ninjaone.md 5.4).
func TestRecurrencesGetNewUIDs(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	spec := ninjaone.AlertSpec{SourceConfigUID: "7b1c8a54-2f0e-4f7f-8a86-3d1f2f6a9e22"}
	first, err := n.TriggerAlert(n.approvedDevice().ID, spec)
	require.NoError(t, err)
	_, err = n.ResetAlert(first.UID)
	require.NoError(t, err)
	second, err := n.TriggerAlert(n.approvedDevice().ID, spec)
	require.NoError(t, err)
	require.NotEqual(t, first.UID, second.UID)
	require.Greater(t, second.ActivityID, first.ActivityID)
}

// A reset by a technician records that technician.
func TestResetByTechnician(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	uid := n.Snapshot().Alerts[0].UID
	n.act("reset", fmt.Sprintf(`{"uid":%q,"user_id":31}`, uid))
	var log activities
	n.get("/v2/activities?status=RESET", &log)
	require.EqualValues(t, 31, log.Activities[0]["userId"])
}

func TestInvalidTriggers(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	id := n.approvedDevice().ID
	for body, status := range map[string]int{
		`{}`:                   400,
		`{"device_id":999999}`: 404,
		fmt.Sprintf(`{"device_id":%d,"severity":"BAD"}`, id):      400,
		fmt.Sprintf(`{"device_id":%d,"priority":"URGENT"}`, id):   400,
		fmt.Sprintf(`{"device_id":%d,"source_type":"NOISE"}`, id): 400,
	} {
		require.Equal(t, status, n.do(http.MethodPost, "/_lab/trigger", body, nil).status, body)
	}
	require.Len(t, n.Snapshot().Alerts, 8)
}

// A storm spreads its alerts over the requested number of organizations.
func TestStorm(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	got := n.act("storm", `{"organizations":5,"count":50,"severity":"CRITICAL"}`)
	require.Len(t, got["alerts"], 50)
	world := n.Snapshot()
	owners, owner := map[int]int{}, map[int]int{}
	for _, device := range world.Devices {
		owner[device.ID] = device.OrganizationID
	}
	for _, alert := range world.Alerts[8:] {
		owners[owner[alert.DeviceID]]++
		require.Equal(t, "CRITICAL", alert.Severity)
	}
	require.Len(t, owners, 5)
}
