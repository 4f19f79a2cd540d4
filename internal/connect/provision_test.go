package connect_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// deviceFields returns the custom fields of our asset type in the deployment, by name, with their types.
func (r *rig) deviceFields() map[string]string {
	r.t.Helper()
	world := r.accelo.Snapshot()
	fields := map[string]string{}
	for _, kind := range world.AssetTypes {
		if kind.Title != "NinjaOne Device" {
			continue
		}
		for _, field := range world.CustomFields {
			if field.LinkType == "asset" && field.LinkTypeID == kind.ID {
				require.NotContains(r.t, fields, field.Name, "created twice")
				fields[field.Name] = field.Type
			}
		}
	}
	return fields
}

// writes returns the calls that write, newest first.
func (r *rig) writes() []string {
	var calls []string
	for _, call := range r.accelo.Lab().Calls.Calls(1000) {
		if call.Kind == lab.KindWrite {
			calls = append(calls, call.Method+" "+call.Path)
		}
	}
	return calls
}

// A deployment whose API allows everything needs no administrator: the asset type and its ten fields are created once.
func TestConnectOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10}, accelo.Options{Companies: 3})
	report := r.connect()
	require.Empty(t, report.Todo)
	require.True(t, report.Ready)
	require.NoError(t, report.Unreachable())
	require.Equal(t, connect.NinjaOneReport{OK: true, URL: r.credentials.NinjaOne.URL, Auth: "oauth"}, report.NinjaOne)
	require.True(t, report.Accelo.OK)
	require.Equal(t, accelo.DefaultDeployment, report.Accelo.Deployment)
	require.Equal(t, r.accelo.RateStatus().Remaining, report.Accelo.Remaining)
	require.Equal(t, "NinjaOne Alerts", report.RequestType.Title)
	require.NotNil(t, report.RequestType.ID)
	require.Empty(t, report.AssetType.MissingFields)
	yes := true
	require.Equal(t, store.Capabilities{CreateAssets: &yes, CreateAssetTypes: &yes, CreateAssetFields: &yes}, report.Capabilities)
	require.Equal(t, map[string]string{
		"display_name": "text", "dns_name": "text", "last_logged_in_user": "text", "last_online": "date_time", "last_update": "date_time",
		"ninja_url": "hyperlink", "role": "text", "type": "text", "sub_type": "text", "Ninja Device Remote Control": "hyperlink",
	}, r.deviceFields())
	require.Empty(t, r.accelo.Lab().Calls.Violations())
	require.Empty(t, r.ninjaOne.Lab.Calls.Violations())

	stored := r.stored()
	require.True(t, stored.Ready)
	require.True(t, stored.Settings.Connected)
	require.Equal(t, store.ObjectType{ID: *report.RequestType.ID, Title: "NinjaOne Alerts"}, stored.Settings.RequestType)
	require.Equal(t, store.ObjectType{ID: *report.AssetType.ID, Title: "NinjaOne Device"}, stored.Settings.AssetType)
	require.Len(t, stored.Settings.Fields, 10)

	assets := len(r.accelo.Snapshot().Assets)
	r.accelo.Lab().ResetCounters()
	again := r.connect()
	again.Accelo.Remaining = report.Accelo.Remaining
	require.Equal(t, report, again)
	require.Equal(t, []string{"POST /api/v0/assets"}, r.writes(), "only the probe for whether assets can be created")
	require.Len(t, r.accelo.Snapshot().Assets, assets)
	require.Len(t, r.deviceFields(), 10)
	require.Equal(t, stored.Settings, r.stored().Settings)
}

// A deployment whose API has only the documented calls needs an administrator. The texts use the words of its own menus.
func TestConnectDocumented(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{Mode: accelo.ModeDocumented, RequestTypes: []string{"Support"}})
	require.NoError(t, r.accelo.SetUserTitles("request", "Enquiry", "Enquiries"))
	require.NoError(t, r.accelo.SetUserTitles("asset", "Machine", "Machines"))
	require.NoError(t, r.accelo.SetUserTitles("contact", "Person", "People"))
	report := r.connect()
	require.False(t, report.Ready)
	require.True(t, report.Accelo.OK)
	no := false
	require.Equal(t, store.Capabilities{CreateAssets: &no, CreateAssetTypes: &no, SetFieldsOnCreate: &no}, report.Capabilities)
	require.Nil(t, report.AssetType.ID)
	require.Equal(t, tenFields(), report.AssetType.MissingFields)
	require.Equal(t, []string{
		`Create the enquiry type "NinjaOne Alerts" in Accelo (its API can't). Go to Settings > Enquiries > Types and add an active type ` +
			"named exactly NinjaOne Alerts. Until then, alerts open no enquiries.",
		`Create the machine type "NinjaOne Device" in Accelo (this deployment's API can't). Go to Settings > Machines > Types & Custom ` +
			`Fields, add a type named exactly NinjaOne Device, enable people for it, and add these custom fields with exactly these names: ` +
			`display_name (text), dns_name (text), last_logged_in_user (text), last_online (date and time), last_update (date and time), ` +
			`ninja_url (hyperlink), role (text), type (text), sub_type (text), Ninja Device Remote Control (hyperlink).`,
	}, report.Todo)
	require.Equal(t, report.Todo, r.stored().Todo)
	require.True(t, r.stored().Settings.Connected)

	_, err := r.accelo.AddRequestType("ninjaone  ALERTS")
	require.NoError(t, err)
	_, err = r.accelo.AddAssetType("NinjaOne Device")
	require.NoError(t, err)
	_, err = r.accelo.AddAssetField("NinjaOne Device", "Display_Name", "text")
	require.NoError(t, err)
	report = r.connect()
	require.True(t, report.Ready, "assets work without custom fields")
	require.Equal(t, tenFields()[1:], report.AssetType.MissingFields)
	require.Equal(t, "ninjaone  ALERTS", report.RequestType.Title)
	require.Len(t, report.Todo, 1)
	require.Contains(t, report.Todo[0], `Add the missing custom fields to the machine type "NinjaOne Device" in Accelo (this deployment's API `+
		`can't). Go to Settings > Machines > Types & Custom Fields, open the type, and add fields with exactly these names: dns_name (text), `)
	require.Contains(t, report.Todo[0], "Until then, machines are synced without them.")

	for _, name := range tenFields()[1:] {
		_, err = r.accelo.AddAssetField("NinjaOne Device", name, "text")
		require.NoError(t, err)
	}
	report = r.connect()
	require.True(t, report.Ready)
	require.Empty(t, report.Todo)
	require.Empty(t, report.AssetType.MissingFields)
	require.Len(t, r.stored().Settings.Fields, 10)
}

// Deployments reject an undocumented call in several ways, and each counts as unsupported. The optional lookups, titles and
// priorities, may fail.
func TestConnectUnsupportedCalls(t *testing.T) {
	t.Parallel()
	database := openStore(t)
	const refused = `{"response":null,"meta":{"status":"invalid_request","message":"The request could not be interpreted."}}`
	const forbidden = `{"response":null,"meta":{"status":"invalid_permission","message":"no"}}`
	for name, no := range map[string]reply{
		"invalid request": {400, refused}, "web server's error page": {404, "<html>Not Found</html>"}, "method not allowed": {405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRigIn(t, database, name, ninjaone.Options{}, accelo.Options{})
			r.replies = map[string]reply{
				"POST /api/v0/assets/types": no, "POST /api/v0/assets/extensions/fields": no, "GET /api/v0/requests": {400, refused},
				"GET /api/v0/user": {403, forbidden},
			}
			report := r.connect()
			require.NoError(t, report.Unreachable())
			require.True(t, report.Accelo.OK, report.Accelo.Error)
			require.False(t, *report.Capabilities.CreateAssetTypes)
			require.Len(t, report.Todo, 1)
			require.Contains(t, report.Todo[0], `Create the asset type "NinjaOne Device" in Accelo`)

			_, err := r.accelo.AddAssetType("NinjaOne Device")
			require.NoError(t, err)
			r.replies["GET /api/v0/user"] = reply{200, `{"response":{"id":{"odd":1}},"meta":{"status":"ok"}}`}
			report = r.connect()
			require.True(t, report.Ready)
			require.False(t, *report.Capabilities.CreateAssetFields)
			require.Equal(t, tenFields(), report.AssetType.MissingFields)
		})
	}
}

// A deployment that renames nothing has Accelo's own menus.
func TestConnectNamesTheStandardMenus(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{Mode: accelo.ModeDocumented, RequestTypes: []string{"Support"}})
	report := r.connect()
	require.Len(t, report.Todo, 2)
	require.Contains(t, report.Todo[0], "Settings > Requests > Types")
	require.Contains(t, report.Todo[1], "Settings > Assets > Types & Custom Fields")
}

// An inactive request type can't be used.
func TestConnectIgnoresInactiveRequestType(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	require.NoError(t, r.provider.Save(t.Context(), r.name, r.credentials))
	require.NoError(t, r.store.SaveOptions(t.Context(), r.name, nil, map[string]string{"request_type": "Old Enquiries"}))
	report := r.connect()
	require.False(t, report.Ready)
	require.Nil(t, report.RequestType.ID)
	require.Equal(t, "Old Enquiries", report.RequestType.Title)
	require.Len(t, report.Todo, 1)
	require.Contains(t, report.Todo[0], `Create the request type "Old Enquiries" in Accelo`)
	require.Zero(t, r.stored().Settings.RequestType)
}

// A type that someone in Accelo has deleted or renamed since is no longer used.
func TestConnectForgetsDeletedTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	require.True(t, r.connect().Ready)
	require.NoError(t, r.store.SaveOptions(t.Context(), r.name, nil, map[string]string{"request_type": "Nothing of the kind"}))
	require.False(t, r.connect().Ready)
	require.False(t, r.stored().Ready)
	require.Zero(t, r.stored().Settings.RequestType)
}

// The keys are those of `connect --json` (interface.md 6). Lists are never null, and no secret is included.
func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	encoded, err := json.Marshal(r.connect())
	require.NoError(t, err)
	require.NotContains(t, string(encoded), "demo-secret")
	var report map[string]any
	require.NoError(t, json.Unmarshal(encoded, &report))
	for name, members := range map[string][]string{
		"ninjaone": {"ok", "url", "auth"}, "accelo": {"ok", "url", "deployment", "remaining"},
		"capabilities": {"create_assets", "create_asset_types", "create_asset_fields", "set_fields_on_create", "link_assets_to_requests"},
		"request_type": {"id", "title"}, "asset_type": {"id", "title", "missing_fields"}, "webhooks": {"ninjaone", "accelo"},
	} {
		object, ok := report[name].(map[string]any)
		require.True(t, ok, name)
		for _, member := range members {
			require.Contains(t, object, member, name)
		}
	}
	require.Equal(t, "default", report["connection"])
	require.Equal(t, true, report["ready"])
	require.Equal(t, []any{}, report["todo"])
	require.Contains(t, string(encoded), `"missing_fields":[]`)
}
