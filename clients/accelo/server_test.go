package accelo_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

const (
	clientID     = "5ba17c78ao@planet-express.accelo.com"
	clientSecret = "wAq~zt1Qd9_sEcReT-of.32characters"

	apiRoot   = "/api/v0"
	tokenPath = "/oauth2/v0/token"
)

// receivedRequest is a request as the test server received it.
type receivedRequest struct {
	method, path string
	query, form  url.Values
	header       http.Header
}

// testServer answers with the handlers of one test and records the requests. Unless tokenHandler is set, the token endpoint
// issues token-1, token-2 and so on.
type testServer struct {
	*httptest.Server
	t            *testing.T
	mu           sync.Mutex
	handlers     map[string]http.HandlerFunc
	received     []receivedRequest
	tokens       int
	tokenHandler http.HandlerFunc
}

func newServer(t *testing.T) *testServer {
	t.Helper()
	s := &testServer{t: t, handlers: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *testServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client stopped in the middle of its request
	}
	form, _ := url.ParseQuery(string(body))
	s.mu.Lock()
	s.received = append(s.received, receivedRequest{method: r.Method, path: r.URL.Path, query: r.URL.Query(), form: form, header: r.Header})
	handler := s.handlers[r.Method+" "+strings.TrimPrefix(r.URL.Path, apiRoot)]
	if r.URL.Path == tokenPath {
		s.tokens++
		handler = s.tokenHandler
		if handler == nil {
			handler = issueToken(s.tokens, "2592000")
		}
	}
	s.mu.Unlock()
	if handler == nil {
		handler = reject(http.StatusBadRequest, "invalid_request", "The resource endpoint was not recognized.")
	}
	r.Form = form
	handler(w, r)
}

func issueToken(number int, expiresIn string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"deployment":"planet-express","access_token":"token-%d","token_type":"Bearer","expires_in":%s,"account_id":"14"}`, number, expiresIn)
	}
}

// handle sets the handler for a method and a path below /api/v0.
func (s *testServer) handle(call string, handler http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[call] = handler
}

// respond sets a successful response for a method and a path below /api/v0.
func (s *testServer) respond(call, response string) { s.handle(call, succeed(response)) }

// requests returns the requests for tokenPath or a path below /api/v0, in order of arrival.
func (s *testServer) requests(path string) []receivedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path != tokenPath {
		path = apiRoot + path
	}
	var requests []receivedRequest
	for _, request := range s.received {
		if request.path == path {
			requests = append(requests, request)
		}
	}
	return requests
}

// request returns the only request for a path.
func (s *testServer) request(path string) receivedRequest {
	s.t.Helper()
	requests := s.requests(path)
	require.Len(s.t, requests, 1)
	return requests[0]
}

// client returns a client of the server; each option changes its options.
func (s *testServer) client(options ...func(*accelo.Options)) *accelo.Client {
	s.t.Helper()
	o := accelo.Options{BaseURL: s.URL, ClientID: clientID, ClientSecret: clientSecret, Transport: s.Client().Transport}
	for _, option := range options {
		option(&o)
	}
	client, err := accelo.New(o)
	require.NoError(s.t, err)
	return client
}

// succeed sends a response in Accelo's envelope.
func succeed(response string) http.HandlerFunc {
	return respond(http.StatusOK, `{"response":`+response+`,"meta":{"more_info":"https://api.accelo.com/docs/#status-codes","status":"ok","message":"Everything executed as expected."}}`)
}

// reject sends an error in Accelo's envelope.
func reject(status int, code, message string) http.HandlerFunc {
	return respond(status, fmt.Sprintf(`{"meta":{"status":%q,"message":%q,"more_info":"https://api.accelo.com/docs/#status-codes"},"response":null}`, code, message))
}

// respond sends a body as it is.
func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// withRateLimit adds the rate limit headers to a response.
func withRateLimit(limit, remaining int, reset time.Time, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Limit", fmt.Sprint(limit))
		w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(remaining))
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
		next(w, r)
	}
}

// withRetryAfter adds a Retry-After header to a response.
func withRetryAfter(seconds string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", seconds)
		next(w, r)
	}
}

// sequence handles each request with the next handler, and further ones with the last.
func sequence(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		handler := handlers[0]
		if len(handlers) > 1 {
			handlers = handlers[1:]
		}
		mu.Unlock()
		handler(w, r)
	}
}

// closeConnection closes the connection without a response.
func closeConnection(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// clock is a clock that only the test advances.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 4, 13, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func withClock(c *clock) func(*accelo.Options) {
	return func(o *accelo.Options) { o.Now = c.now }
}

func basicAuth(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// allRows returns the rows of all pages.
func allRows[T any](t *testing.T, pages func(func([]T, error) bool)) []T {
	t.Helper()
	var rows []T
	for page, err := range pages {
		require.NoError(t, err)
		require.NotEmpty(t, page)
		rows = append(rows, page...)
	}
	return rows
}

// receive waits for a value and fails the test if none comes.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	select {
	case value := <-from:
		return value
	case <-ctx.Done():
		require.FailNow(t, "nothing was received")
		panic("unreachable")
	}
}
