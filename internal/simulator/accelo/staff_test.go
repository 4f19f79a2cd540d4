package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// The API returns the caller, the staff and a company's managers (accelo.md 11).
func TestStaff(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	me := d.get("/staff/whoami?_fields=email,standing").object()
	require.Equal(t, "14", me["id"])
	require.Equal(t, "active", me["standing"])
	require.Equal(t, d.get("/tokeninfo").object()["email"], me["email"])
	require.Equal(t, []string{"15", "16"}, d.get("/staff"+query("_filters", "id_greater_than(14)", "_limit", "2")).values("id"))
	require.Equal(t, "6", d.get("/staff/count").object()["count"])
	managers := d.get("/companies/1001/managers").list()
	require.Len(t, managers, 1)
	require.Contains(t, managers[0], "relationship_id")
	access, _ := d.get("/user?_fields=_ALL").object()["user_access"].(map[string]any)
	require.Contains(t, access, "request")
}

// Each type of object has its own statuses (accelo.md 5.3).
func TestStatuses(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	require.Equal(t, []string{"Active", "Inactive", "Interested", "Potential"}, d.get("/companies/statuses").values("title"))
	require.Equal(t, []string{"Active", "Inactive"}, d.get("/contacts/statuses").values("title"))
	require.Equal(t, "5", d.get("/issues/statuses/count").object()["count"])
	require.Equal(t, []string{"Potential"}, d.get("/companies/statuses?_search=poten").values("title"))
	first := d.get("/companies/statuses").values("id")[0]
	require.Equal(t, "yes", d.get("/companies/statuses/" + first + "?_fields=start").object()["start"])
	d.get("/contacts/statuses/" + first).invalid("")
	status, _ := d.get("/companies?_fields=status(ordering)").list()[0]["status"].(map[string]any)
	require.Equal(t, "1", status["ordering"])
}

// ParseMode rejects an unknown mode, and New falls back to ModeOpen.
func TestParseMode(t *testing.T) {
	t.Parallel()
	_, err := accelo.ParseMode("half-open")
	require.ErrorContains(t, err, "no-extension-keys")
	mode, err := accelo.ParseMode("")
	require.NoError(t, err)
	require.Equal(t, accelo.ModeOpen, mode)
	require.Equal(t, accelo.ModeOpen, start(t, accelo.Options{Mode: "half-open"}).sim.Mode())
}
