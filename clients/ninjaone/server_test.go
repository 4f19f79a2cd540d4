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
	tokenBody    = `{"access_token":"token-1","expires_in":3600,"scope":"monitoring management","token_type":"Bearer"}`
)

// received is what the server saw of one request.
type received struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

// server plays the parts of NinjaOne that a test gives it and keeps what it was asked.
type server struct {
	*httptest.Server
	mux *http.ServeMux

	mu   sync.Mutex
	seen []received
}

// newServer answers the token endpoint like contract ninjaone 2.1.2 unless routes says otherwise.
func newServer(t *testing.T, routes map[string]http.HandlerFunc) *server {
	t.Helper()
	s := &server{mux: http.NewServeMux()}
	if routes["/ws/oauth/token"] == nil {
		s.mux.HandleFunc("/ws/oauth/token", reply(http.StatusOK, tokenBody))
	}
	for pattern, handler := range routes {
		s.mux.HandleFunc(pattern, handler)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.record))
	t.Cleanup(s.Close)
	return s
}

func (s *server) record(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen = append(s.seen, received{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: string(body), Header: r.Header.Clone()})
	s.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	s.mux.ServeHTTP(w, r)
}

// requests are the requests of one path in the order of their arrival.
func (s *server) requests(path string) []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []received
	for _, r := range s.seen {
		if r.Path == path {
			found = append(found, r)
		}
	}
	return found
}

// client is an OAuth client of the server; change adjusts its options.
func (s *server) client(t *testing.T, change func(*ninjaone.Options)) *ninjaone.Client {
	t.Helper()
	options := ninjaone.Options{
		BaseURL:     s.URL,
		Credentials: ninjaone.Credentials{ClientID: clientID, ClientSecret: clientSecret},
		Transport:   s.Client().Transport,
	}
	if change != nil {
		change(&options)
	}
	client, err := ninjaone.New(options)
	require.NoError(t, err)
	return client
}

func legacy(o *ninjaone.Options) {
	o.Credentials = ninjaone.Credentials{AccessKeyID: "TF4STGMDR4H7AEXAMPLE", SecretAccessKey: "eh14c4ngchhu6283he03j6o7ar2fcuca0example"}
}

func pageSize(size int) func(*ninjaone.Options) {
	return func(o *ninjaone.Options) { o.PageSize = size }
}

// reply answers every request with the same status, body and headers (name, value, …).
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// fixture is a payload of the contract.
func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}
