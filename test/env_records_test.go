package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// acceloModes are the modes of Accelo's simulator: how far a deployment's API goes beyond its documentation.
func acceloModes() []accelo.Mode {
	return []accelo.Mode{accelo.ModeOpen, accelo.ModeNoExtensionKeys, accelo.ModeDocumented}
}

// newConnectedEnvInMode returns a connected environment in any mode. If the API can't create the asset type, it exists already.
func newConnectedEnvInMode(t *testing.T, mode accelo.Mode) *testEnv {
	t.Helper()
	e := newTestEnv(t, scenario{accelo: []string{"-mode", string(mode)}})
	e.addAssetTypeIfDocumented(mode)
	e.startWorker()
	require.Equal(t, 0, e.starter("connect").Code)
	return e
}

// newConnectedAlertEnvInMode also starts a `starter serve` and registers webhooks.
func newConnectedAlertEnvInMode(t *testing.T, s scenario, mode accelo.Mode) *alertEnv {
	t.Helper()
	s.accelo = append(s.accelo, "-mode", string(mode))
	e := newRunningAlertEnv(t, s)
	e.addAssetTypeIfDocumented(mode)
	require.Equal(t, 0, e.starter("connect").Code)
	return e
}

// addAssetTypeIfDocumented does what an administrator has to do in a deployment whose API can't create asset types.
func (e *testEnv) addAssetTypeIfDocumented(mode accelo.Mode) {
	e.t.Helper()
	if mode == accelo.ModeDocumented {
		e.addAssetType()
	}
}

// addOrganization adds an organization to NinjaOne and returns its ID.
func (e *testEnv) addOrganization(name string) int64 {
	e.t.Helper()
	return e.ninjaOne.actID("organizations", map[string]any{"name": name})
}

// addWorkstation adds a workstation to an organization and returns its ID.
func (e *testEnv) addWorkstation(organization int64, name string) int64 {
	e.t.Helper()
	return e.ninjaOne.actID("devices", map[string]any{"organization_id": organization, "node_class": "WINDOWS_WORKSTATION", "system_name": name})
}

// importAll imports everything. If the API can't create assets, it adds them by hand and imports again.
func (e *testEnv) importAll() {
	e.t.Helper()
	require.Empty(e.t, e.runImport().Failures)
	if e.accelo.state().Mode != accelo.ModeDocumented {
		return
	}
	for _, device := range e.ninjaOne.state().Devices {
		owner := e.newOracle().ownerOf(device)
		e.accelo.act("add-asset", map[string]any{
			"type": assetType, "company_id": e.companyNamed(owner.Name).ID, "title": device.SystemName,
		})
	}
	require.Empty(e.t, e.runImport().Failures)
}

// requireNoWrites imports again and requires that this writes nothing to Accelo.
func (e *testEnv) requireNoWrites() importReport {
	e.t.Helper()
	e.accelo.resetCounters()
	report := e.runImport()
	calls := e.accelo.counters()
	require.Zero(e.t, calls.Writes, "%v", calls.ByEndpoint)
	require.Empty(e.t, e.accelo.violations())
	require.Empty(e.t, e.ninjaOne.violations())
	return report
}

// requireNoChanges imports again and requires that every record is unchanged, and that only listings are read and nothing is written.
func (e *testEnv) requireNoChanges() {
	e.t.Helper()
	report := e.requireNoWrites()
	require.Equal(e.t, report.Organizations.total(), report.Organizations.Unchanged)
	require.Equal(e.t, report.Devices.total(), report.Devices.Unchanged)
	state, calls := e.accelo.state(), e.accelo.counters()
	require.LessOrEqual(e.t, calls.Reads, listing(len(state.Companies), acceloPage)+listing(len(state.Assets), acceloPage), "%v", calls.ByEndpoint)
}

func (e *testEnv) companyNamed(name string) accelo.Company {
	e.t.Helper()
	named := companiesNamed(e.accelo.state(), nameKey(name))
	require.Len(e.t, named, 1, "companies named %q", name)
	return named[0]
}

func (e *testEnv) companyByID(id int64) accelo.Company {
	e.t.Helper()
	return findOne(e.t, "company "+itoa(id), e.accelo.state().Companies, func(c accelo.Company) bool { return c.ID == id })
}

// assetTitled returns the only asset with a title.
func (e *testEnv) assetTitled(title string) accelo.Asset {
	e.t.Helper()
	titled := slices.DeleteFunc(e.accelo.state().Assets, func(a accelo.Asset) bool { return a.Title != title })
	require.Len(e.t, titled, 1, "assets titled %q", title)
	return titled[0]
}

func (e *testEnv) assetByID(id int64) accelo.Asset {
	e.t.Helper()
	return findOne(e.t, "asset "+itoa(id), e.accelo.state().Assets, func(a accelo.Asset) bool { return a.ID == id })
}

func (e *testEnv) fieldValue(asset int64, field string) string {
	return e.accelo.state().FieldValues(asset)[field]
}

func (e *testEnv) deviceByID(id int64) ninjaone.Device {
	e.t.Helper()
	return findOne(e.t, "device "+itoa(id), e.ninjaOne.state().Devices, func(d ninjaone.Device) bool { return int64(d.ID) == id })
}

// devicePageURL returns the URL of a device's page in NinjaOne.
func (e *testEnv) devicePageURL(device int64) string {
	return fmt.Sprintf("%s/#/deviceDashboard/%d/overview", e.ninjaOne.url, device)
}

// noteSubjects returns the subjects of the notes on an object.
func (e *testEnv) noteSubjects(kind string, id int64) []string {
	e.t.Helper()
	subjects := []string{}
	for _, activity := range e.accelo.state().Activities {
		if activity.Medium == "note" && activity.AgainstType == kind && activity.AgainstID == id {
			subjects = append(subjects, activity.Subject)
		}
	}
	return subjects
}

// manualChange is a manual change as `starter status` shows it.
type manualChange struct {
	Kind     string `json:"kind"`
	NinjaID  string `json:"ninja_id"`
	AcceloID int64  `json:"accelo_id"`
	Field    string `json:"field"`
	Kept     string `json:"kept"`
	NinjaOne string `json:"ninjaone"`
}

func (e *testEnv) status() connectionReport {
	e.t.Helper()
	report := decodeStrict[statusReport](e.t, e.starter("status", "--json").Stdout)
	require.Len(e.t, report.Connections, 1)
	return report.Connections[0]
}

func (e *testEnv) manualChanges() []manualChange {
	e.t.Helper()
	list := []manualChange{}
	for _, raw := range e.status().ManualChanges {
		var one manualChange
		require.NoError(e.t, json.Unmarshal(raw, &one))
		list = append(list, one)
	}
	return list
}

// callAcceloAPI calls Accelo's API, for changes that the simulator's console doesn't offer.
func (e *testEnv) callAcceloAPI(method, path string, form url.Values) {
	e.t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	answer := e.sendForm(http.MethodPost, "/oauth2/v0/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"write(all)"}}, func(r *http.Request) {
		r.SetBasicAuth(accelo.DefaultClientID, accelo.DefaultClientSecret)
	})
	require.NoError(e.t, json.Unmarshal(answer, &token))
	e.sendForm(method, "/api/v0"+path, form, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.AccessToken) })
}

func (e *testEnv) sendForm(method, path string, form url.Values, authorize func(*http.Request)) []byte {
	e.t.Helper()
	request, err := http.NewRequestWithContext(e.ctx, method, e.accelo.url+path, strings.NewReader(form.Encode()))
	require.NoError(e.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	authorize(request)
	response, err := http.DefaultClient.Do(request)
	require.NoError(e.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(e.t, err)
	require.Equal(e.t, http.StatusOK, response.StatusCode, "%s", answer)
	return answer
}
