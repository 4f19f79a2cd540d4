package tenant

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// A worker that is frozen between reading a company and writing to it doesn't write, and the next attempt reads again.
func TestUpdateAfterAFreeze(t *testing.T) {
	t.Parallel()
	var writes, frozen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		reply := `{"meta":{"status":"ok"},"response":{"id":"45","name":"Planet Express"}}`
		switch {
		case r.URL.Path == "/oauth2/v0/token":
			reply = `{"access_token":"t","token_type":"bearer","expires_in":3600}`
		case r.Method != http.MethodGet:
			writes.Add(1)
		}
		_, _ = w.Write([]byte(reply))
	}))
	t.Cleanup(server.Close)
	client, err := accelo.New(accelo.Options{
		BaseURL: server.URL, ClientID: "id", ClientSecret: "secret",
		Now: func() time.Time { return time.Now().Add(time.Duration(frozen.Load())) },
	})
	require.NoError(t, err)
	name := "Planet Express II"
	for _, pause := range []time.Duration{MaxReadAge + time.Second, 0} {
		ctx, end, err := BeginUpdate(accelo.WithLane(t.Context(), accelo.Bulk), Connection{Accelo: client})
		require.NoError(t, err)
		_, err = client.Company(ctx, 45)
		require.NoError(t, err)
		frozen.Store(int64(pause))
		_, err = client.UpdateCompany(ctx, 45, accelo.CompanyChange{Name: &name})
		end()
		if pause == 0 {
			require.NoError(t, err)
			require.Equal(t, int64(1), writes.Load())
			break
		}
		require.ErrorIs(t, err, accelo.ErrStale)
		require.True(t, IsTransient(err))
		require.Zero(t, writes.Load())
		frozen.Store(0)
	}
}
