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
	testID     = "5ba17c78ao@planet-express.accelo.com"
	testSecret = "wAq~zt1Qd9_sEcReT-of.32characters"
)

// seen is one request as it reached the vendor.
type seen struct {
	method, path string
	query, form  url.Values
	header       http.Header
}

// vendor is a scripted Accelo: a token endpoint that grants "token-1", "token-2" … and a handler per "METHOD /path".
type vendor struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	calls    []seen
	tokens   int
	token    http.HandlerFunc
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{t: t, handlers: map[string]http.HandlerFunc{}}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client stopped in the middle of its request
	}
	form, _ := url.ParseQuery(string(body))
	v.mu.Lock()
	v.calls = append(v.calls, seen{method: r.Method, path: r.URL.Path, query: r.URL.Query(), form: form, header: r.Header})
	handler := v.handlers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v0")]
	if r.URL.Path == "/oauth2/v0/token" {
		v.tokens++
		handler = v.token
		if handler == nil {
			handler = grant(v.tokens, "2592000")
		}
	}
	v.mu.Unlock()
	if handler == nil {
		handler = refuse(http.StatusBadRequest, "invalid_request", "The resource endpoint was not recognized.")
	}
	r.Form = form
	handler(w, r)
}

func grant(n int, expires string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"deployment":"planet-express","access_token":"token-%d","token_type":"Bearer","expires_in":%s,"account_id":"14"}`, n, expires)
	}
}

// on answers a call with a response inside the envelope.
func (v *vendor) on(call, response string) { v.handle(call, answer(response)) }

func (v *vendor) handle(call string, handler http.HandlerFunc) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.handlers[call] = handler
}

// requests are the calls to one path below /api/v0 so far; "" is the token endpoint.
func (v *vendor) requests(path string) []seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	want := "/api/v0" + path
	if path == "" {
		want = "/oauth2/v0/token"
	}
	var found []seen
	for _, call := range v.calls {
		if call.path == want {
			found = append(found, call)
		}
	}
	return found
}

// only is the single call that was made to a path.
func (v *vendor) only(path string) seen {
	v.t.Helper()
	calls := v.requests(path)
	require.Len(v.t, calls, 1)
	return calls[0]
}

func answer(response string) http.HandlerFunc {
	return raw(http.StatusOK, `{"response":`+response+`,"meta":{"more_info":"https://api.accelo.com/docs/#status-codes","status":"ok","message":"Everything executed as expected."}}`)
}

func refuse(status int, name, message string) http.HandlerFunc {
	return raw(status, fmt.Sprintf(`{"meta":{"status":%q,"message":%q,"more_info":"https://api.accelo.com/docs/#status-codes"},"response":null}`, name, message))
}

func raw(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// limits adds the rate headers to a reply.
func limits(limit, remaining int, reset time.Time, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Limit", fmt.Sprint(limit))
		w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(remaining))
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
		next(w, r)
	}
}

// inTurn gives each call the next handler; the last one stays.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
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

// hangUp breaks the connection without a reply.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func (v *vendor) client(change ...func(*accelo.Options)) *accelo.Client {
	v.t.Helper()
	options := accelo.Options{BaseURL: v.URL, ClientID: testID, ClientSecret: testSecret, Transport: v.Client().Transport}
	for _, change := range change {
		change(&options)
	}
	client, err := accelo.New(options)
	require.NoError(v.t, err)
	return client
}

// clock is a wall clock that moves only when told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 4, 13, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func withClock(c *clock) func(*accelo.Options) {
	return func(o *accelo.Options) { o.Now = c.Now }
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// await gives up on what never comes.
func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	select {
	case value := <-from:
		return value
	case <-ctx.Done():
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
