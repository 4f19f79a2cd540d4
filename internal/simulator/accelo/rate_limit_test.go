package accelo_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// Every authenticated call counts and has three headers. Calls over the limit return 429 until a new window starts. Calls
// to /oauth2 don't count (accelo.md 3.7).
func TestRateLimit(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now, RateLimit: 3, RateWindow: 10 * time.Second})
	d.token = d.newToken("")
	for i, call := range []func() reply{
		func() reply { return d.get("/companies") },
		func() reply { return d.get("/nonsense") },
		func() reply { return d.post("/companies", form("name", "A")) },
	} {
		r := call()
		require.Equal(t, "3", r.Header.Get("X-RateLimit-Limit"))
		require.Equal(t, strconv.Itoa(2-i), r.Header.Get("X-RateLimit-Remaining"))
		require.Equal(t, strconv.FormatInt(c.Now().Add(10*time.Second).Unix(), 10), r.Header.Get("X-RateLimit-Reset"))
	}
	over := d.get("/companies")
	message := over.refused(http.StatusTooManyRequests, "too_many_requests")
	require.Equal(t, "Rate limit exceeded for planet-express.api.accelo.com", message)
	require.Equal(t, "api.accelo.com/docs/#rate-limiting", over.Meta.MoreInfo)
	require.Equal(t, "0", over.Header.Get("X-RateLimit-Remaining"))
	require.Empty(t, over.Header.Get("Retry-After"))
	d.newToken("")

	require.NoError(t, d.sim.SetSwitches(accelo.Switches{RetryAfterOn429: true}))
	require.Equal(t, "11", d.get("/companies").Header.Get("Retry-After"))

	c.advance(10 * time.Second)
	require.Equal(t, "2", d.get("/companies").Header.Get("X-RateLimit-Remaining"))
	d.sim.SpendCalls(2)
	d.get("/companies").refused(http.StatusTooManyRequests, "too_many_requests")
	d.sim.SetRateLimit(100, 0)
	d.get("/companies").ok()
	require.Equal(t, 99, d.sim.RateStatus().Remaining)
}
