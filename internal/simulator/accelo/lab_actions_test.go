package accelo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// act runs an action and returns the status and the reply.
func (d *deployment) act(action string, input map[string]any) (int, map[string]any) {
	d.t.Helper()
	request := d.request(http.MethodPost, "/_lab/"+action, input)
	request.Header.Del("Authorization")
	status, _, content := d.send(request)
	var answer map[string]any
	require.NoError(d.t, json.Unmarshal(content, &answer), "%s", content)
	return status, answer
}

// mustAct runs an action and requires success.
func (d *deployment) mustAct(action string, input map[string]any) map[string]any {
	d.t.Helper()
	status, answer := d.act(action, input)
	require.Equal(d.t, http.StatusOK, status, "%s: %v", action, answer)
	return answer
}

// Every action works over HTTP. Later actions use the objects of earlier ones.
func TestActions(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	world := d.sim.Snapshot
	company := d.mustAct("add-company", map[string]any{"name": "A"})["id"]
	other := d.mustAct("add-company", map[string]any{"name": "B", "standing": "inactive"})["id"]
	d.mustAct("rename-company", map[string]any{"id": company, "name": "A2"})
	d.mustAct("edit-company-comments", map[string]any{"id": company, "comments": "by hand"})
	d.mustAct("set-company-standing", map[string]any{"id": other, "standing": "interested"})
	require.Equal(t, "A2", world().Companies[0].Name)
	require.Equal(t, "by hand", world().Companies[0].Comments)
	require.Equal(t, "interested", world().Companies[1].Standing)

	contact := d.mustAct("add-contact", map[string]any{"company_id": company, "firstname": "F", "surname": "S", "email": "f@s.example"})
	d.mustAct("edit-contact", map[string]any{"id": world().Contacts[0].ID, "surname": "Changed"})
	require.Equal(t, "F Changed", world().Affiliations[0].FullName)
	require.Equal(t, "f@s.example", world().Contacts[0].Email)
	require.Contains(t, contact, "affiliation")

	d.mustAct("add-request-type", map[string]any{"title": "Alerts"})
	d.mustAct("add-asset-type", map[string]any{"title": "Device"})
	d.mustAct("add-asset-field", map[string]any{"type": "Device", "name": "dns", "field_type": "text"})
	asset := d.mustAct("add-asset", map[string]any{"type": "Device", "company_id": company, "title": "PC", "values": []string{"dns=pc.local"}})["id"]
	require.Equal(t, map[string]string{"dns": "pc.local"}, world().FieldValues(world().Assets[0].ID))
	d.mustAct("edit-asset-value", map[string]any{"id": asset, "field": "dns", "value": "pc2.local"})
	require.Equal(t, map[string]string{"dns": "pc2.local"}, world().FieldValues(world().Assets[0].ID))
	d.mustAct("edit-asset-title", map[string]any{"id": asset, "title": "PC-2"})
	d.mustAct("move-asset", map[string]any{"id": asset, "company_id": other})
	second := d.mustAct("add-contact", map[string]any{"company_id": other, "firstname": "Second", "surname": "S"})["affiliation"]
	d.mustAct("choose-asset-contact", map[string]any{"id": asset, "affiliation_id": second.(map[string]any)["id"]})
	require.Equal(t, "Second S", affiliationOf(world(), world().Assets[0].AffiliationID).FullName)
	require.Equal(t, "PC-2", world().Assets[0].Title)
	require.Equal(t, world().Companies[1].ID, world().Assets[0].AgainstID)
	d.mustAct("delete-asset", map[string]any{"id": asset})
	require.Empty(t, world().Assets)
	require.Empty(t, world().CustomValues)

	request := d.mustAct("add-request", map[string]any{"type_id": "1", "affiliation_id": world().Affiliations[0].ID, "title": "T", "body": "B"})["id"]
	of := map[string]any{"id": request}
	d.mustAct("claim-request", map[string]any{"id": request, "staff": 15})
	require.EqualValues(t, 15, world().Requests[0].ClaimerID)
	d.mustAct("close-request", of)
	require.Equal(t, "closed", world().Requests[0].Standing)
	d.mustAct("reopen-request", of)
	d.mustAct("edit-request", map[string]any{"id": request, "title": "T2"})
	d.mustAct("convert-request", map[string]any{"id": request, "target": "job"})
	require.Equal(t, "converted", world().Requests[0].Standing)
	require.Equal(t, "T2", world().Jobs[0].Title)
	d.mustAct("add-note", map[string]any{"against_type": "request", "against_id": request, "subject": "S"})
	require.Equal(t, "all", world().Activities[1].Visibility)
	d.mustAct("delete-request", of)
	require.Empty(t, world().Requests)

	deleted := world().Contacts[0].ID
	d.mustAct("delete-contact", map[string]any{"id": deleted})
	for _, affiliation := range world().Affiliations {
		require.NotEqual(t, deleted, affiliation.ContactID)
	}
	d.mustAct("merge-companies", map[string]any{"from": other, "into": company})
	d.mustAct("delete-company", map[string]any{"id": company})
	require.Empty(t, world().Companies)
}

// The actions of the deployment change its mode, switches, titles, limits and tokens.
func TestDeploymentActions(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	d.mustAct("set-mode", map[string]any{"mode": "documented"})
	require.Equal(t, accelo.ModeDocumented, d.sim.Mode())
	require.Equal(t, "plural", d.mustAct("set-switches", map[string]any{"conversion_spelling": "plural", "claim_opens": true, "stale_read_millis": 5})["conversion_spelling"])
	require.Equal(t, accelo.Switches{ClaimOpens: true, StaleReadMillis: 5},
		func() accelo.Switches {
			d.mustAct("set-switches", map[string]any{"conversion_spelling": "default"})
			return d.sim.Switches()
		}())
	d.mustAct("set-user-titles", map[string]any{"object": "company", "singular": "Client", "plural": "Clients"})
	titles, _ := d.get("/user?_fields=user_titles").object()["user_titles"].(map[string]any)
	require.Equal(t, map[string]any{"singular": "Client", "plural": "Clients"}, titles["company"])
	require.NotContains(t, d.get("/user").object(), "user_titles")
	require.InDelta(t, 50, d.mustAct("set-rate-limit", map[string]any{"limit": 50, "window_seconds": 1.5})["limit"], 0)
	require.InDelta(t, 40, d.mustAct("spend-calls", map[string]any{"calls": 10})["remaining"], 0)
	require.InDelta(t, 1, d.mustAct("revoke-tokens", nil)["revoked"], 0)
	d.get("/tokeninfo").refused(401, "invalid_client")
	d.mustAct("unlock", nil)
}

// An unknown object returns 404, invalid input 400.
func TestActionErrors(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	for _, test := range []struct {
		action string
		input  map[string]any
		status int
	}{
		{"rename-company", map[string]any{"id": 9, "name": "x"}, 404},
		{"rename-company", map[string]any{"id": "x", "name": "x"}, 400},
		{"rename-company", map[string]any{"name": "x"}, 400},
		{"merge-companies", map[string]any{"from": 1, "into": 2}, 404},
		{"add-company", map[string]any{"name": "x", "standing": "asleep"}, 400},
		{"close-request", map[string]any{"id": 9}, 404},
		{"add-asset", map[string]any{"type": "x", "company_id": 9, "title": "x"}, 404},
		{"set-mode", map[string]any{"mode": "half-open"}, 400},
		{"set-switches", map[string]any{"stale_read_millis": -1}, 400},
		{"set-user-titles", map[string]any{"object": "moon", "singular": "x", "plural": "y"}, 404},
		{"delete-subscription", map[string]any{"id": "x"}, 404},
	} {
		status, answer := d.act(test.action, test.input)
		require.Equal(t, test.status, status, "%s %v", test.action, answer)
		require.NotEmpty(t, answer["error"])
	}
}

// The console shows every table, and GET /_lab/state returns all data, both without secrets.
func TestConsole(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 20, Seed: 7})
	company := d.sim.Snapshot().Companies[0]
	d.subscription("trigger_url", "https://x.example", "event_id", "create_request", "secret", "s3cret")
	page := func(path string) string {
		status, _, content := d.send(d.request(http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, status, "%s: %s", path, content)
		require.NotContains(t, string(content), "s3cret")
		return string(content)
	}
	require.Contains(t, page("/_lab/console"), "planet-express")
	for _, table := range []string{"companies", "contacts", "requests", "assets", "activities", "subscriptions"} {
		require.Contains(t, page("/_lab/console/tables/"+table), "<table", table)
	}
	require.Contains(t, page(fmt.Sprintf("/_lab/console/tables/companies?q=%d", company.ID)), "merge-companies")
	require.NotContains(t, page("/_lab/console/tables/companies?q=no+such+company"), "merge-companies")
	page("/_lab/console/actions")
	var state accelo.World
	require.NoError(t, json.Unmarshal([]byte(page("/_lab/state")), &state))
	require.Len(t, state.Companies, 20)
}

func affiliationOf(world accelo.World, id int64) accelo.Affiliation {
	return world.Affiliations[slices.IndexFunc(world.Affiliations, func(a accelo.Affiliation) bool { return a.ID == id })]
}
