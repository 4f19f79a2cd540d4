package ninjaone_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

const (
	clientID     = "example-client"
	clientSecret = "example-secret-value"
	tokenPath    = "/ws/oauth/token"
	tokenBody    = `{"access_token":"token-1","expires_in":3600,"scope":"monitoring management","token_type":"Bearer"}`
)

// receivedRequest is a request as the test server received it.
type receivedRequest struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

// testServer answers with the handlers of one test and records the requests.
type testServer struct {
	*httptest.Server
	mux *http.ServeMux

	mu       sync.Mutex
	received []receivedRequest
}

// newServer starts a server. Unless handlers has one for it, the token endpoint answers with tokenBody.
func newServer(t *testing.T, handlers map[string]http.HandlerFunc) *testServer {
	t.Helper()
	s := &testServer{mux: http.NewServeMux()}
	if handlers[tokenPath] == nil {
		s.mux.HandleFunc(tokenPath, respond(http.StatusOK, tokenBody))
	}
	for pattern, handler := range handlers {
		s.mux.HandleFunc(pattern, handler)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.record))
	t.Cleanup(s.Close)
	return s
}

func (s *testServer) record(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.received = append(s.received, receivedRequest{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: string(body), Header: r.Header.Clone(),
	})
	s.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	s.mux.ServeHTTP(w, r)
}

// requests returns the requests for one path in order of arrival.
func (s *testServer) requests(path string) []receivedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	var requests []receivedRequest
	for _, r := range s.received {
		if r.Path == path {
			requests = append(requests, r)
		}
	}
	return requests
}

// queries returns the queries of the requests for one path in order of arrival.
func (s *testServer) queries(path string) []string {
	var queries []string
	for _, r := range s.requests(path) {
		queries = append(queries, r.Query)
	}
	return queries
}

// client returns a client with OAuth credentials; each option changes its options.
func (s *testServer) client(t *testing.T, options ...func(*ninjaone.Options)) *ninjaone.Client {
	t.Helper()
	o := ninjaone.Options{
		BaseURL:     s.URL,
		Credentials: ninjaone.Credentials{ClientID: clientID, ClientSecret: clientSecret},
		Transport:   s.Client().Transport,
	}
	for _, option := range options {
		option(&o)
	}
	client, err := ninjaone.New(o)
	require.NoError(t, err)
	return client
}

func withLegacyKey(o *ninjaone.Options) {
	o.Credentials = ninjaone.Credentials{AccessKeyID: "TF4STGMDR4H7AEXAMPLE", SecretAccessKey: "eh14c4ngchhu6283he03j6o7ar2fcuca0example"}
}

func withPageSize(size int) func(*ninjaone.Options) {
	return func(o *ninjaone.Options) { o.PageSize = size }
}

// respond returns a handler that always sends this response. Headers are pairs of name and value.
func respond(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// testdata returns a payload from ninjaone.md.
func testdata(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}
