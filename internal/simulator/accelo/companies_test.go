package accelo_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A new company needs a name, is inactive by default, and status_id overrides standing (accelo.md 5.3 and 14).
func TestCreateCompany(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	d.post("/companies", form("standing", "active")).invalid(`"name"`)
	d.post("/companies", form("name", " \t")).invalid(`"name"`)
	d.post("/companies", form("name", "A", "standing", "asleep")).invalid("standing")
	d.post("/companies", form("name", "A", "status_id", "999")).invalid("status_id")
	d.post("/companies", form("name", "A", "parent_id", "999")).invalid("parent_id")

	plain := d.post("/companies", form("name", "A"))
	require.Equal(t, map[string]any{"id": plain.id(), "name": "A"}, plain.object())
	require.Equal(t, "inactive", d.get("/companies/" + plain.id() + "?_fields=standing").object()["standing"])

	statuses := d.get("/companies/statuses" + query("_filters", "standing(interested)")).list()
	require.Len(t, statuses, 1)
	full := d.post("/companies", form("name", "B", "status_id", fmt.Sprint(statuses[0]["id"]), "standing", "active",
		"website", "w", "phone", "p", "fax", "f", "comments", "c", "_fields", "_ALL")).object()
	for name, want := range map[string]string{"standing": "interested", "website": "w", "phone": "p", "fax": "f", "comments": "c", "default_affiliation": "0"} {
		require.Equal(t, want, full[name], name)
	}
	d.post("/companies", form("name", "A")).ok()
	require.NoError(t, d.sim.SetSwitches(accelo.Switches{DuplicateNames: true}))
	require.Contains(t, d.post("/companies", form("name", "a")).refused(400, "duplicate"), "name")
}

// PUT changes five parameters and silently ignores the others; progressions change the status (accelo.md 5.3 and 5.5).
func TestUpdateCompany(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	path := "/companies/" + addCompanies(t, d, "A")[0]
	c.advance(time.Minute)
	updated := d.put(path+"?_fields=_ALL", form("name", "B", "comments", "", "standing", "inactive", "default_affiliation", "7")).object()
	require.Equal(t, "B", updated["name"])
	require.Equal(t, "active", updated["standing"])
	require.Equal(t, "0", updated["default_affiliation"])
	require.Equal(t, strconv.FormatInt(c.Now().Unix(), 10), updated["date_modified"])
	require.Len(t, d.violations(), 2)
	d.put(path, form("name", "")).invalid(`"name"`)
	d.put("/companies/99", form("name", "x")).invalid("")

	for _, progression := range d.get(path + "/progressions").list() {
		if progression["title"] == "Interested" {
			d.post(fmt.Sprintf("%s/progressions/%v/auto", path, progression["id"]), nil).ok()
		}
	}
	require.Equal(t, "interested", d.get(path + "?_fields=standing").object()["standing"])
	require.Equal(t, "Interested", d.get(path + "/status").object()["title"])
}

// recent is sorted by creation and newest by modification, both newest first (accelo.md 4.7).
func TestConvenienceLists(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	for _, name := range []string{"A", "B", "C"} {
		addCompanies(t, d, name)
		c.advance(time.Second)
	}
	require.NoError(t, d.sim.EditCompanyComments(1001, "changed"))
	require.Equal(t, []string{"C", "B", "A"}, d.get("/companies/recent").values("name"))
	require.Equal(t, []string{"A", "C", "B"}, d.get("/companies/newest").values("name"))
	require.Equal(t, []string{"A", "B"}, d.get("/companies/newest"+query("_filters", "id(1001,1002)")).values("name"))
}

// A merged company no longer exists, and its records belong to the survivor (accelo.md 5.6 and 14).
func TestMergeCompanies(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	ids := addCompanies(t, d, "Old", "New", "Newest")
	contact, affiliation, err := d.sim.AddContact(1001, "F", "S", "f@s.example")
	require.NoError(t, err)
	_, err = d.sim.AddAssetType("Device")
	require.NoError(t, err)
	asset, err := d.sim.AddAsset("Device", 1001, "PC", nil)
	require.NoError(t, err)
	request, err := d.sim.AddRequest(1, affiliation.ID, "Help", "me")
	require.NoError(t, err)

	require.NoError(t, d.sim.MergeCompanies(1001, 1002))
	d.get("/companies/" + ids[0]).invalid("")
	require.Empty(t, d.get("/companies"+query("_filters", "id("+ids[0]+")")).list())
	read := d.get(fmt.Sprintf("/affiliations/%d?_fields=company(),contact", affiliation.ID)).object()
	require.Equal(t, map[string]any{"id": ids[1], "name": "New"}, read["company"])
	require.Equal(t, strconv.FormatInt(contact.ID, 10), read["contact"])
	require.Equal(t, ids[1], d.get(fmt.Sprintf("/assets/%d?_fields=against_id", asset.ID)).object()["against_id"])
	require.Equal(t, strconv.FormatInt(affiliation.ID, 10), d.get("/companies/" + ids[1] + "?_fields=default_affiliation").object()["default_affiliation"])
	owner, _ := d.get(fmt.Sprintf("/requests/%d?_fields=affiliation(company())", request.ID)).object()["affiliation"].(map[string]any)
	require.Equal(t, map[string]any{"id": ids[1], "name": "New"}, owner["company"])

	require.NoError(t, d.sim.MergeCompanies(1002, 1003))
	require.NoError(t, d.sim.SetSwitches(accelo.Switches{MergeAnswersSurvivor: true}))
	require.Equal(t, ids[2], d.get("/companies/"+ids[0]).id(), "the survivor of the survivor")
	require.Error(t, d.sim.MergeCompanies(1003, 1003))
	require.Error(t, d.sim.MergeCompanies(1001, 1003))
	require.Equal(t, map[int64]int64{1001: 1003, 1002: 1003}, d.sim.Snapshot().Merged)
}

// A company is deleted together with its affiliations.
func TestDeleteCompany(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	ids := addCompanies(t, d, "A", "B")
	_, affiliation, err := d.sim.AddContact(1001, "F", "S", "")
	require.NoError(t, err)
	d.del("/companies/" + ids[0]).ok()
	d.get("/companies/" + ids[0]).invalid("")
	d.get(fmt.Sprintf("/affiliations/%d", affiliation.ID)).invalid("")
	d.del("/companies/" + ids[0]).invalid("")
	require.NoError(t, d.sim.DeleteCompany(1002))
	require.Empty(t, d.get("/companies").list())
}
