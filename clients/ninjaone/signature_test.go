package ninjaone_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func withNow(now time.Time) func(*ninjaone.Options) {
	return func(o *ninjaone.Options) { o.Now = func() time.Time { return now } }
}

// A signed request has the date in both headers, and its signature does not cover the query: it is the documented one of the
// path alone (ninjaone.md 2.2).
func TestSignedRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/organizations": respond(200, `[]`)})
	client := s.client(t, withLegacyKey, withNow(time.Date(2016, 5, 1, 8, 51, 10, 0, time.FixedZone("CEST", 7200))))
	require.NoError(t, client.CheckCredentials(t.Context()))

	requests := s.requests("/v2/organizations")
	require.Len(t, requests, 1)
	require.Equal(t, "pageSize=1", requests[0].Query)
	require.Equal(t, "NJ TF4STGMDR4H7AEXAMPLE:7R1xhb41S4XTrJWNkeIKG+4EDAo=", requests[0].Header.Get("Authorization"))
	require.Equal(t, "Sun, 01 May 2016 06:51:10 GMT", requests[0].Header.Get("Date"))
	require.Equal(t, "Sun, 01 May 2016 06:51:10 GMT", requests[0].Header.Get("X-Nj-Date"))
	require.Empty(t, requests[0].Header.Get("Content-Md5"))
	require.Empty(t, s.requests(tokenPath), "an access key needs no token")
}

// The signature of a write covers the MD5 of its body (ninjaone.md 2.2).
func TestSignedBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"PUT /v2/webhook": respond(204, "")})
	client := s.client(t, withLegacyKey, withNow(time.Unix(1462085470, 0)))
	err := client.PutWebhook(t.Context(), ninjaone.Webhook{URL: "https://a.example", Activities: map[string][]string{"CONDITION": {"*"}}})
	require.NoError(t, err)

	request := s.requests("/v2/webhook")[0]
	require.Len(t, request.Body, 60, "the digest below is of exactly these bytes")
	require.Equal(t, "application/json", request.Header.Get("Content-Type"))
	require.Equal(t, "c001553ea6c905885170202d3c60be80", request.Header.Get("Content-Md5"))
	require.Equal(t, "NJ TF4STGMDR4H7AEXAMPLE:z32l++Kiu6LLr5nTWw+eOuwNfBo=", request.Header.Get("Authorization"))
}

// A signed request is not retried after a 401, because the same key would be rejected again.
func TestSignedRequestIsNotRetriedAfter401(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"/v2/organizations": respond(401, `{"error":"not_authenticated","error_description":"Invalid credentials","error_code":10}`),
	})
	err := s.client(t, withLegacyKey).CheckCredentials(t.Context())
	require.True(t, ninjaone.IsUnauthorized(err))
	require.Len(t, s.requests("/v2/organizations"), 1)
}
