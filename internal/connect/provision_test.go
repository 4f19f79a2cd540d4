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

// deviceFields are the custom fields of our asset type as the deployment has them: name to type.
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
				require.NotContains(r.t, fields, field.Name, "made twice")
				fields[field.Name] = field.Type
			}
		}
	}
	return fields
}

// writes are the calls that were meant to change something, newest first.
func (r *rig) writes() []string {
	var calls []string
	for _, call := range r.accelo.Lab().Calls.Calls(1000) {
		if call.Kind == lab.KindWrite {
			calls = append(calls, call.Method+" "+call.Path)
		}
	}
	return calls
}

// An open deployment needs no administrator: the type and its ten fields are made, and found the next time.
func TestConnectOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10}, accelo.Options{Companies: 3})
	report := r.connect()
	require.Empty(t, report.Todo)
	require.True(t, report.Ready)
	require.NoError(t, report.Unreachable())
	require.Equal(t, connect.NinjaOne{OK: true, URL: r.credentials.NinjaOne.URL, Auth: "oauth"}, report.NinjaOne)
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
	require.Equal(t, 1000, stored.Settings.PageSize)
	require.Equal(t, store.Titled{ID: *report.RequestType.ID, Title: "NinjaOne Alerts"}, stored.Settings.RequestType)
	require.Equal(t, store.Titled{ID: *report.AssetType.ID, Title: "NinjaOne Device"}, stored.Settings.AssetType)
	require.Len(t, stored.Settings.Fields, 10)

	assets := len(r.accelo.Snapshot().Assets)
	r.accelo.Lab().ResetCounters()
	again := r.connect()
	again.Accelo.Remaining = report.Accelo.Remaining
	require.Equal(t, report, again)
	require.Equal(t, []string{"POST /api/v0/assets"}, r.writes(), "only the question whether assets can be made")
	require.Len(t, r.accelo.Snapshot().Assets, assets)
	require.Len(t, r.deviceFields(), 10)
	require.Equal(t, stored.Settings, r.stored().Settings)
}

// The page size is what NinjaOne really gives.
func TestConnectLearnsThePageSize(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 30, Devices: 40, Switches: ninjaone.Switches{PageCap: 20}}, accelo.Options{})
	r.connect()
	require.Equal(t, 20, r.stored().Settings.PageSize)
}

// A deployment that knows only what is documented needs an administrator, who is told in the words of its own menus.
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
		`Accelo has no enquiry type "NinjaOne Alerts" and its API makes none. Under Settings > Enquiries > Types add an active type ` +
			"with exactly this title. Then run `starter connect` again; until then alerts open no enquiries",
		`Accelo has no machine type "NinjaOne Device" and its API makes none. Under Settings > Machines > Types & Custom Fields add a ` +
			`type with exactly this title, let its machines have a person, and add these custom fields with exactly these names: ` +
			`display_name (text), dns_name (text), last_logged_in_user (text), last_online (date and time), last_update (date and time), ` +
			`ninja_url (hyperlink), role (text), type (text), sub_type (text), Ninja Device Remote Control (hyperlink). ` +
			"Then run `starter connect` again",
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
	require.True(t, report.Ready, "assets without fields are assets all the same")
	require.Equal(t, tenFields()[1:], report.AssetType.MissingFields)
	require.Equal(t, "ninjaone  ALERTS", report.RequestType.Title)
	require.Len(t, report.Todo, 1)
	require.Contains(t, report.Todo[0], `The machine type "NinjaOne Device" lacks custom fields and Accelo's API makes none. `+
		`Under Settings > Machines > Types & Custom Fields open the type and add, with exactly these names: dns_name (text), `)

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

// However a deployment says that it does not have what the documentation does not promise, it is taken for a no; and what is only
// nice to have, words and priorities, is done without.
func TestConnectTakesEveryNo(t *testing.T) {
	t.Parallel()
	database := openStore(t)
	const refused = `{"response":null,"meta":{"status":"invalid_request","message":"The request could not be interpreted."}}`
	const forbidden = `{"response":null,"meta":{"status":"invalid_permission","message":"no"}}`
	for name, no := range map[string]reply{
		"the catch-all": {400, refused}, "a page of the web server": {404, "<html>Not Found</html>"}, "no such method": {405, ""},
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
			require.Contains(t, report.Todo[0], `Accelo has no asset type "NinjaOne Device" and its API makes none`)

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

// The menus are Accelo's own where a deployment has no words of its own.
func TestConnectNamesTheStandardMenus(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{Mode: accelo.ModeDocumented, RequestTypes: []string{"Support"}})
	report := r.connect()
	require.Len(t, report.Todo, 2)
	require.Contains(t, report.Todo[0], "Settings > Requests > Types")
	require.Contains(t, report.Todo[1], "Settings > Assets > Types & Custom Fields")
}

// A request type that is switched off takes no requests.
func TestConnectIgnoresAnInactiveRequestType(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	r.options.RequestType = "Old Enquiries"
	report := r.connect()
	require.False(t, report.Ready)
	require.Nil(t, report.RequestType.ID)
	require.Equal(t, "Old Enquiries", report.RequestType.Title)
	require.Len(t, report.Todo, 1)
	require.Contains(t, report.Todo[0], `Accelo has no request type "Old Enquiries"`)
	require.Zero(t, r.stored().Settings.RequestType)
}

// A type that a person deleted or renamed since is no longer used.
func TestConnectForgetsWhatIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	require.True(t, r.connect().Ready)
	r.options.RequestType = "Nothing of the kind"
	require.False(t, r.connect().Ready)
	require.False(t, r.stored().Ready)
	require.Zero(t, r.stored().Settings.RequestType)
}

// The names are what `connect --json` promises (interface section 6); lists are never null, and no secret is among it.
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
