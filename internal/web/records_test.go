package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// trigger records that an alert fired and, with a request id, that its request was opened.
func (f *fixture) trigger(alert rules.Alert, requestID int64) store.Incident {
	f.t.Helper()
	event, err := json.Marshal(alert)
	require.NoError(f.t, err)
	result, err := f.store.TriggerAlert(f.t.Context(), store.AlertTrigger{
		Connection: "default", UID: alert.UID, ActivityID: 1, OrganizationID: alert.OrganizationID, DeviceID: alert.DeviceID,
		RecurrenceKey: alert.RecurrenceKey(), Event: event,
	})
	require.NoError(f.t, err)
	if requestID != 0 {
		_, err = f.store.MarkIncidentOpen(f.t.Context(), result.Incident.ID, requestID)
		require.NoError(f.t, err)
	}
	return result.Incident
}

// The alerts are listed with what was done about each, and link to both sides, to the workflow and to their own page.
func TestAlertsTab(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	disk := rules.Alert{
		UID: "u-1", DeviceID: 8, DeviceName: "SRV-01", OrganizationID: 7, OrganizationName: "Acme", Condition: "disk", Message: "Disk C: is full",
		TriggeredAt: f.clock.Add(-2 * time.Hour),
	}
	f.trigger(disk, 31)
	repeat := disk
	repeat.UID = "u-2"
	f.trigger(repeat, 0)
	fan := disk
	fan.UID, fan.Condition, fan.Message = "u-3", "fan", "Fan stopped"
	incident := f.trigger(fan, 32)
	_, _, err := f.store.ResetAlert(t.Context(), "default", "u-3", 2, nil)
	require.NoError(t, err)
	require.NoError(t, f.store.CloseIncident(t.Context(), incident.ID, store.ByReset))
	_, _, err = f.store.ResetAlert(t.Context(), "default", "u-4", 3, nil)
	require.NoError(t, err)
	f.fail(store.Failure{Connection: "default", Kind: store.Alerts, NinjaID: "u-4", WorkflowID: "w", Error: "no rights"})

	body := f.get("/integrations/default/alerts", f.logIn()).body
	text := textOf(body)
	for _, want := range []string{
		"2 open alerts.", "Disk C: is full 2 hours ago SRV-01 Acme 31 Active The request 31 is open for it and 1 repeat.",
		"31 Active It joined the open request 31 of the same fault.", "32 Reset The alert was reset in NinjaOne, so the request 32 was closed.",
		"none Failed Failed: no rights",
	} {
		require.Contains(t, text, want)
	}
	for _, link := range []string{
		`href="/integrations/default/records/alert/u-1"`, `href="https://n.example/#/deviceDashboard/8/overview"`,
		`href="https://a.example/?action=customer_request&amp;id=31"`, `workflows/alert-triggered%2Fdefault%2Fu-1"`,
	} {
		require.Contains(t, body, link)
	}
	session := f.logIn()
	body = f.get("/integrations/default/records/alert/u-3", session).body
	require.Contains(t, textOf(body), "Reset, 2 hours ago Device SRV-01 Organization Acme What was done The alert was reset in NinjaOne")
	require.Contains(t, body, `workflows/alert-reset%2Fdefault%2Fu-3"`)
	require.Equal(t, http.StatusOK, f.get("/integrations/default/records/alert/u-4", session).code)
}

// The organizations are listed with the company that each goes to, and why.
func TestOrganizationsTab(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.link(store.KeyOf("default", store.Organizations, 7), 70)
	f.link(store.KeyOf("default", store.Contacts, 7), 71)
	f.fail(store.Failure{Connection: "default", Kind: store.Organizations, NinjaID: "8", Name: "Globex", WorkflowID: "w", Error: "no rights"})
	body := f.get("/integrations/default/organizations", f.logIn()).body
	text := textOf(body)
	require.Contains(t, text, "Globex NinjaOne 8 none yet Failed: no rights none 0")
	require.Contains(t, text, "NinjaOne 7")
	require.Contains(t, text, "71 created by the sync")
	require.Contains(t, body, `href="https://n.example/#/customerDashboard/7/overview"`)
	require.Contains(t, body, `href="https://a.example/?action=view_company&amp;id=70"`)
	require.Contains(t, body, `href="https://a.example/?action=view_contact&amp;id=71"`)
}

// A record's page shows both ids, the manual changes and every event. Only records that we know have one.
func TestRecordPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	key := store.KeyOf("default", store.Devices, 8)
	f.link(key, 80, rules.ManualChange{Field: "title", Accelo: "Reception", Ninja: "SRV-08"})
	session := f.logIn()
	got := f.get("/integrations/default/records/device/8", session)
	require.Equal(t, http.StatusOK, got.code)
	text := textOf(got.body)
	for _, want := range []string{"device 8 linked", "Accelo Asset 80", "title Reception SRV-08", "linked by an alert or a reconciliation"} {
		require.Contains(t, text, want)
	}
	require.Contains(t, got.body, `href="https://n.example/#/deviceDashboard/8/overview"`)

	_, err := f.store.Forget(t.Context(), key, "jane (page)")
	require.NoError(t, err)
	text = textOf(f.get("/integrations/default/records/device/8", session).body)
	require.Contains(t, text, "device 8 not linked")
	require.Contains(t, text, "unlinked by jane (page)")
	for _, path := range []string{"device/9", "note/8", "asset-link/8", "device/8%00", "device/%FF", "nothing/8", "device/%27%20OR%201=1"} {
		require.Equal(t, http.StatusNotFound, f.get("/integrations/default/records/"+path, session).code, path)
	}
}

// What vendors and users call things stays text on these pages too.
func TestRecordsEscape(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	for _, nasty := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)//`, `{{.Content}} %s`, "a/b?c#d",
	} {
		f.trigger(rules.Alert{UID: nasty, DeviceID: 8, DeviceName: nasty, OrganizationID: 7, OrganizationName: nasty, Message: nasty}, 0)
		f.fail(store.Failure{Connection: "default", Kind: store.Organizations, NinjaID: nasty, Name: nasty, WorkflowID: nasty, Error: nasty})
		f.fail(store.Failure{Connection: "default", Kind: store.Alerts, NinjaID: nasty, Name: nasty, WorkflowID: nasty, Error: nasty})
		for _, path := range []string{
			at("default", "alerts"), at("default", "organizations"), at("default", "records", "alert", nasty),
			at("default", "records", "organization", nasty), at("default", "failures"),
		} {
			got := f.get(path, session)
			require.Equal(t, http.StatusOK, got.code, path)
			require.Contains(t, html.UnescapeString(got.body), nasty, path)
			require.Empty(t, foreignMarkup(got.body), path)
			require.NotContains(t, strings.ToLower(got.body), `href="javascript:`, path)
		}
	}
}

// While the database is unavailable every page says so.
func TestTabsWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	f.dropDatabase()
	for _, path := range []string{"", "/alerts", "/organizations", "/failures", "/import", "/audit", "/records/device/8"} {
		got := f.get("/integrations/default"+path, session)
		require.Equal(t, http.StatusServiceUnavailable, got.code, path)
		require.Contains(t, got.body, "reach the database", path)
	}
}
