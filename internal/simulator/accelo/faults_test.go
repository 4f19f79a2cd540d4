package accelo_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// Faults return an error with status 200, shift a list between two pages, revoke a token and use Accelo's envelope.
func TestFaults(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 30})
	add := func(fault lab.Fault) {
		t.Helper()
		require.NoError(t, d.sim.Lab().Faults.Set(fault))
	}
	add(lab.Fault{Kind: accelo.FaultNotOK, Path: "/companies", Count: 1})
	r := d.post("/companies", form("name", "Not created"))
	require.Equal(t, http.StatusOK, r.Status)
	require.Equal(t, "server_error", r.Meta.Status)
	require.Len(t, d.sim.Snapshot().Companies, 30)

	ids := d.get("/companies?_limit=30").values("id")
	add(lab.Fault{Kind: accelo.FaultListShift})
	require.Equal(t, ids[:10], d.get("/companies?_page=0").values("id"))
	require.Equal(t, ids[9:19], d.get("/companies?_page=1").values("id"))
	add(lab.Fault{Kind: accelo.FaultListShift, Params: map[string]string{"by": "2"}})
	require.Equal(t, ids[12:22], d.get("/companies?_page=1").values("id"))

	for kind, want := range map[string][]string{
		accelo.FaultListEmpty: {}, accelo.FaultListShrunken: {ids[0], ids[2]},
		accelo.FaultListReversed: {ids[2], ids[1], ids[0]}, accelo.FaultListDuplicated: {ids[0], ids[1], ids[2], ids[0], ids[1], ids[2]},
	} {
		add(lab.Fault{Kind: kind})
		require.Equal(t, want, d.get("/companies?_limit=3").values("id"), kind)
	}

	add(lab.Fault{Kind: accelo.FaultRevokeToken, Count: 1})
	d.get("/companies").refused(401, "invalid_client")
	d.get("/companies").refused(401, "invalid_client")
	d.token = d.newToken("")

	add(lab.Fault{Kind: lab.FaultStatus, Count: 1})
	d.get("/companies").refused(500, "server_error")
	add(lab.Fault{Kind: lab.FaultTooMany, Count: 1, RetryAfter: "7"})
	limited := d.get("/companies")
	limited.refused(429, "too_many_requests")
	require.Equal(t, "7", limited.Header.Get("Retry-After"))

	d.token = d.newToken("write(all)")
	add(lab.Fault{Kind: lab.FaultLoseReply, Method: http.MethodPost, Count: 1})
	_, err := d.client.Do(d.request(http.MethodPost, "/api/v0/companies", form("name", "Created, reply lost"))) //nolint:bodyclose // there is no reply
	require.Error(t, err)
	require.Len(t, d.sim.Snapshot().Companies, 31)
}

// The counters distinguish token calls, reads and writes and respect `_method`.
func TestCounters(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 1})
	d.get("/companies").ok()
	d.post("/companies?_method=get", map[string]any{}).ok()
	d.post("/companies", form("name", "x")).ok()
	counters := d.sim.Lab().Counters()
	require.Equal(t, []int{1, 2, 1}, []int{counters.Auth, counters.Reads, counters.Writes})
	require.Equal(t, 2, counters.ByEndpoint["POST /api/v0/companies"])
}
