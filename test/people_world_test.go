package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// modes are how far a deployment of Accelo goes beyond its documentation.
func modes() []string { return []string{"open", "no-extension-keys", "documented"} }

// adopting is a connected world in any mode: where the API makes no asset types, a person has made ours, and where it makes no
// assets, has may be called to make them.
func adopting(t *testing.T, mode string) *world {
	t.Helper()
	w := newWorld(t, scenario{accelo: []string{"-mode", mode}})
	w.makeType(mode)
	w.worker()
	require.Equal(t, 0, w.run("connect").Code)
	return w
}

// makeType makes the asset type and its fields by hand where nothing else can.
func (w *world) makeType(mode string) {
	w.t.Helper()
	if mode != "documented" {
		return
	}
	w.accelo.act("add-asset-type", map[string]any{"title": assetType})
	for _, field := range rules.Fields() {
		w.accelo.act("add-asset-field", map[string]any{"type": assetType, "name": field.Name, "field_type": string(field.Type)})
	}
}

// organization adds one to NinjaOne and returns its id.
func (w *world) organization(name string) int64 {
	w.t.Helper()
	return w.ninjaOne.id("organizations", map[string]any{"name": name})
}

// machine adds a workstation to an organization and returns its id.
func (w *world) machine(organization int64, name string) int64 {
	w.t.Helper()
	return w.ninjaOne.id("devices", map[string]any{"organization_id": organization, "node_class": "WINDOWS_WORKSTATION", "system_name": name})
}

// first imports everything, in a documented deployment with the help of a person who makes the assets.
func (w *world) first() {
	w.t.Helper()
	require.Empty(w.t, w.imports().Failures)
	if w.accelo.state().Mode != accelo.ModeDocumented {
		return
	}
	for _, device := range w.ninjaOne.state().Devices {
		owner := (&oracle{world: w, ninja: w.ninjaOne.state(), accelo: w.accelo.state()}).owner(device)
		w.accelo.act("add-asset", map[string]any{
			"type": assetType, "company_id": w.companyNamed(owner.Name).ID, "title": device.SystemName,
		})
	}
	require.Empty(w.t, w.imports().Failures)
}

// again imports once more, when nothing has changed since the last time: it writes nothing.
func (w *world) again() importReport {
	w.t.Helper()
	w.accelo.resetCounters()
	report := w.imports()
	calls := w.accelo.counters()
	require.Zero(w.t, calls.Writes, "%v", calls.ByEndpoint)
	require.Empty(w.t, w.accelo.violations())
	require.Empty(w.t, w.ninjaOne.violations())
	return report
}

// idle is again for a tenant in which everything is in order: it reads pages, and no record by itself.
func (w *world) idle() {
	w.t.Helper()
	report := w.again()
	require.Equal(w.t, report.Organizations.total(), report.Organizations.Unchanged)
	require.Equal(w.t, report.Devices.total(), report.Devices.Unchanged)
	state, calls := w.accelo.state(), w.accelo.counters()
	require.LessOrEqual(w.t, calls.Reads, pages(len(state.Companies), acceloPage)+pages(len(state.Assets), acceloPage), "%v", calls.ByEndpoint)
}

func (w *world) companyNamed(name string) accelo.Company {
	w.t.Helper()
	named := companiesNamed(w.accelo.state(), sameName(name))
	require.Len(w.t, named, 1, "companies named %q", name)
	return named[0]
}

func (w *world) companyByID(id int64) accelo.Company {
	w.t.Helper()
	return theOne(w.t, "company "+itoa(id), w.accelo.state().Companies, func(c accelo.Company) bool { return c.ID == id })
}

// assetTitled is the one asset of a title.
func (w *world) assetTitled(title string) accelo.Asset {
	w.t.Helper()
	titled := slices.DeleteFunc(w.accelo.state().Assets, func(a accelo.Asset) bool { return a.Title != title })
	require.Len(w.t, titled, 1, "assets titled %q", title)
	return titled[0]
}

func (w *world) assetByID(id int64) accelo.Asset {
	w.t.Helper()
	return theOne(w.t, "asset "+itoa(id), w.accelo.state().Assets, func(a accelo.Asset) bool { return a.ID == id })
}

func (w *world) value(asset int64, field string) string {
	return w.accelo.state().FieldValues(asset)[field]
}

func (w *world) deviceByID(id int64) ninjaone.Device {
	w.t.Helper()
	return theOne(w.t, "device "+itoa(id), w.ninjaOne.state().Devices, func(d ninjaone.Device) bool { return int64(d.ID) == id })
}

func (w *world) pageOf(device int64) string {
	return (&oracle{world: w}).devicePage(ninjaone.Device{ID: int(device)})
}

// notesOn are the subjects of the notes on an object.
func (w *world) notesOn(kind string, id int64) []string {
	w.t.Helper()
	subjects := []string{}
	for _, activity := range w.accelo.state().Activities {
		if activity.Medium == "note" && activity.AgainstType == kind && activity.AgainstID == id {
			subjects = append(subjects, activity.Subject)
		}
	}
	return subjects
}

// kept is a difference as `status` shows it.
type kept struct {
	Kind     string `json:"kind"`
	NinjaID  string `json:"ninja_id"`
	AcceloID int64  `json:"accelo_id"`
	Field    string `json:"field"`
	Kept     string `json:"kept"`
	NinjaOne string `json:"ninjaone"`
}

func (w *world) status() connectionReport {
	w.t.Helper()
	report := decodeStrict[statusReport](w.t, w.run("status", "--json").Stdout)
	require.Len(w.t, report.Connections, 1)
	return report.Connections[0]
}

func (w *world) differences() []kept {
	w.t.Helper()
	list := []kept{}
	for _, raw := range w.status().ManualChanges {
		var one kept
		require.NoError(w.t, json.Unmarshal(raw, &one))
		list = append(list, one)
	}
	return list
}

// callAccelo makes a call of Accelo's API, for what its pages can do and the console cannot.
func (w *world) callAccelo(method, path string, form url.Values) {
	w.t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	answer := w.post(http.MethodPost, "/oauth2/v0/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"write(all)"}}, func(r *http.Request) {
		r.SetBasicAuth(accelo.DefaultClientID, accelo.DefaultClientSecret)
	})
	require.NoError(w.t, json.Unmarshal(answer, &token))
	w.post(method, "/api/v0"+path, form, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.AccessToken) })
}

func (w *world) post(method, path string, form url.Values, authorize func(*http.Request)) []byte {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.ctx, method, w.accelo.url+path, strings.NewReader(form.Encode()))
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	authorize(request)
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, response.StatusCode, "%s", answer)
	return answer
}

func text(id int64) string { return strconv.FormatInt(id, 10) }
