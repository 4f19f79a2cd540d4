package ninjaone_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func legacyAt(at time.Time) func(*ninjaone.Options) {
	return func(o *ninjaone.Options) {
		legacy(o)
		o.Now = func() time.Time { return at }
	}
}

// A signed request carries one date in both headers, and its signature leaves the query out: the value is the vector of
// contract ninjaone 2.2.3 for the bare path.
func TestSignedRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/organizations": reply(200, `[]`)})
	client := s.client(t, legacyAt(time.Date(2016, 5, 1, 8, 51, 10, 0, time.FixedZone("CEST", 7200))))
	require.NoError(t, client.CheckCredentials(t.Context()))

	asked := s.requests("/v2/organizations")
	require.Len(t, asked, 1)
	require.Equal(t, "pageSize=1", asked[0].Query)
	require.Equal(t, "NJ TF4STGMDR4H7AEXAMPLE:7R1xhb41S4XTrJWNkeIKG+4EDAo=", asked[0].Header.Get("Authorization"))
	require.Equal(t, "Sun, 01 May 2016 06:51:10 GMT", asked[0].Header.Get("Date"))
	require.Equal(t, "Sun, 01 May 2016 06:51:10 GMT", asked[0].Header.Get("X-Nj-Date"))
	require.Empty(t, asked[0].Header.Get("Content-Md5"))
	require.Empty(t, s.requests("/ws/oauth/token"), "a key needs no token")
}

// A signed body is announced by its hex MD5 (contract ninjaone 2.2.2).
func TestSignedBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"PUT /v2/webhook": reply(204, "")})
	client := s.client(t, legacyAt(time.Unix(1462085470, 0)))
	err := client.PutWebhook(t.Context(), ninjaone.Webhook{URL: "https://a.example", Activities: map[string][]string{"CONDITION": {"*"}}})
	require.NoError(t, err)

	asked := s.requests("/v2/webhook")[0]
	require.Len(t, asked.Body, 60, "the digest below is of these very bytes")
	require.Equal(t, "application/json", asked.Header.Get("Content-Type"))
	require.Equal(t, "c001553ea6c905885170202d3c60be80", asked.Header.Get("Content-Md5"))
	require.Equal(t, "NJ TF4STGMDR4H7AEXAMPLE:z32l++Kiu6LLr5nTWw+eOuwNfBo=", asked.Header.Get("Authorization"))
}

// A refused key is not tried again: it would sign the same way.
func TestSignedRequestIsNotRepeatedAfter401(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"/v2/organizations": reply(401, `{"error":"not_authenticated","error_description":"Invalid credentials","error_code":10}`),
	})
	err := s.client(t, legacy).CheckCredentials(t.Context())
	require.True(t, ninjaone.IsUnauthorized(err))
	require.Len(t, s.requests("/v2/organizations"), 1)
}
