package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Organizations are matched, confirmed, chosen by hand and switched off through the API alone; every change is audited.
func TestOrganizationsThroughTheAPI(t *testing.T) {
	t.Parallel()
	f := newEmpty(t)
	body, deployment := connection(t, "acme")
	f.post("/connections", encoded(t, body)).object(http.StatusCreated)
	const all = "/connections/acme/organizations"
	put := func(id, body string) answer { return f.send(http.MethodPut, "/api/v1"+all+"/"+id, body) }
	require.InDelta(t, 1, f.post(all+"/match", "").object(http.StatusOK)["unmatched"], 0)
	items, _ := f.get(all).object(http.StatusOK)["items"].([]any)
	require.Len(t, items, 1)
	first, _ := items[0].(map[string]any)
	id, name := first["ninja_id"].(string), first["name"].(string)
	require.Equal(t, true, first["sync"])
	require.Equal(t, "unmatched", first["state"])

	company, err := deployment.AddCompany(name, "active")
	require.NoError(t, err)
	require.InDelta(t, 1, f.post(all+"/match", "").object(http.StatusOK)["proposed"], 0)
	require.InDelta(t, 1, f.post(all+"/confirm", "").object(http.StatusOK)["confirmed"], 0)
	items, _ = f.get(all + "?q=" + id).object(http.StatusOK)["items"].([]any)
	first, _ = items[0].(map[string]any)
	require.InDelta(t, company.ID, first["company_id"], 0)

	require.Equal(t, false, put(id, `{"sync":false}`).object(http.StatusOK)["sync"])
	require.Contains(t, f.get(all+"?only=off").body, name)
	f.get(all+"?only=everything").requireProblem(http.StatusUnprocessableEntity, "query.only")
	put(id, `{"company_id":99999}`).requireProblem(http.StatusUnprocessableEntity, "body.company_id")
	put(id, `{"affiliation_id":99999}`).requireProblem(http.StatusUnprocessableEntity, "body.affiliation_id")
	put(id, `{"company_id":-1}`).requireProblem(http.StatusUnprocessableEntity, "body.company_id")
	put("4711", `{"sync":false}`).requireProblem(http.StatusNotFound, "")
	audit := f.get("/connections/acme/audit").body
	require.Contains(t, audit, `"action":"change mapping"`)
	require.Contains(t, audit, `"action":"confirm match"`)
	require.Contains(t, audit, `"sync":false`)

	f.token, _ = f.post("/tokens", `{"name":"v","role":"viewer"}`).object(http.StatusCreated)["token"].(string)
	put(id, `{"sync":true}`).requireProblem(http.StatusForbidden, "")
	f.post(all+"/match", "").requireProblem(http.StatusForbidden, "")
}
