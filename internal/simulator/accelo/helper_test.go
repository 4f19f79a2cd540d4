package accelo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// clock only advances when a test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_700_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// deployment is a simulator behind an HTTP server, with a token for everything.
type deployment struct {
	t      *testing.T
	sim    *accelo.Simulator
	url    string
	token  string
	client *http.Client
}

// start starts a deployment for one test.
func start(t *testing.T, options accelo.Options) *deployment {
	t.Helper()
	sim := accelo.New(options)
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		sim.Close()
	})
	d := &deployment{t: t, sim: sim, url: server.URL, client: server.Client()}
	d.token = d.newToken("read(all),write(all)")
	return d
}

func (d *deployment) newToken(scope string) string {
	d.t.Helper()
	status, body := d.tokenCall(url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
	require.Equal(d.t, http.StatusOK, status, "%v", body)
	token, _ := body["access_token"].(string)
	require.NotEmpty(d.t, token)
	return token
}

// tokenCall asks for a token with valid credentials.
func (d *deployment) tokenCall(form url.Values) (int, map[string]any) {
	d.t.Helper()
	return d.tokenCallAs(accelo.DefaultClientID, accelo.DefaultClientSecret, form)
}

func (d *deployment) tokenCallAs(id, secret string, form url.Values) (int, map[string]any) {
	d.t.Helper()
	request := d.request(http.MethodPost, "/oauth2/v0/token", form)
	request.Header.Del("Authorization")
	if id != "" {
		request.SetBasicAuth(id, secret)
	}
	status, _, content := d.send(request)
	var body map[string]any
	require.NoError(d.t, json.Unmarshal(content, &body), "%s", content)
	return status, body
}

// reply is a reply of the resource API.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Raw    string
	Meta   struct {
		Status   string `json:"status"`
		Message  string `json:"message"`
		MoreInfo string `json:"more_info"`
		Code     any    `json:"response_code"`
	}
	Response json.RawMessage
	Keys     map[string]json.RawMessage
}

func (d *deployment) get(path string) reply            { return d.call(http.MethodGet, path, nil) }
func (d *deployment) post(path string, body any) reply { return d.call(http.MethodPost, path, body) }
func (d *deployment) put(path string, body any) reply  { return d.call(http.MethodPut, path, body) }
func (d *deployment) del(path string) reply            { return d.call(http.MethodDelete, path, nil) }

// call sends a request below /api/v0. The body is sent as a form if it is url.Values, otherwise as JSON.
func (d *deployment) call(method, path string, body any) reply {
	d.t.Helper()
	return d.do(d.request(method, "/api/v0"+path, body))
}

func (d *deployment) request(method, path string, body any) *http.Request {
	d.t.Helper()
	var content io.Reader
	kind := ""
	switch v := body.(type) {
	case nil:
	case url.Values:
		content, kind = strings.NewReader(v.Encode()), "application/x-www-form-urlencoded"
	case string:
		content, kind = strings.NewReader(v), "application/json"
	default:
		encoded, err := json.Marshal(v)
		require.NoError(d.t, err)
		content, kind = bytes.NewReader(encoded), "application/json"
	}
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, content)
	require.NoError(d.t, err)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	return request
}

func (d *deployment) send(request *http.Request) (status int, header http.Header, content []byte) {
	d.t.Helper()
	response, err := d.client.Do(request)
	require.NoError(d.t, err)
	defer func() { _ = response.Body.Close() }()
	content, err = io.ReadAll(response.Body)
	require.NoError(d.t, err)
	return response.StatusCode, response.Header, content
}

func (d *deployment) do(request *http.Request) reply {
	d.t.Helper()
	status, header, content := d.send(request)
	r := reply{t: d.t, Status: status, Header: header, Raw: string(content)}
	require.NoError(d.t, json.Unmarshal(content, &r.Keys), "%s", content)
	r.Response = r.Keys["response"]
	if meta, ok := r.Keys["meta"]; ok {
		require.NoError(d.t, json.Unmarshal(meta, &r.Meta))
	}
	return r
}

// ok requires success.
func (r reply) ok() reply {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.Status, "%s", r.Raw)
	require.Equal(r.t, "ok", r.Meta.Status)
	return r
}

// refused requires an error and returns its message.
func (r reply) refused(code int, status string) string {
	r.t.Helper()
	require.Equal(r.t, code, r.Status, "%s", r.Raw)
	require.Equal(r.t, status, r.Meta.Status, "%s", r.Raw)
	require.JSONEq(r.t, "null", string(r.Response), "an error has a null response")
	return r.Meta.Message
}

// invalid requires 400 invalid_request with a text in the message.
func (r reply) invalid(about string) {
	r.t.Helper()
	message := r.refused(http.StatusBadRequest, "invalid_request")
	require.Contains(r.t, message, about)
}

func (r reply) unrecognized() {
	r.t.Helper()
	r.invalid("resource endpoint was not recognized")
}

func (r reply) object() map[string]any {
	r.t.Helper()
	var o map[string]any
	require.NoError(r.t, json.Unmarshal(r.ok().Response, &o), "%s", r.Raw)
	return o
}

func (r reply) list() []map[string]any {
	r.t.Helper()
	var l []map[string]any
	require.NoError(r.t, json.Unmarshal(r.ok().Response, &l), "%s", r.Raw)
	return l
}

// values returns one field of every row of a list.
func (r reply) values(name string) []string {
	r.t.Helper()
	found := []string{}
	for _, row := range r.list() {
		text, ok := row[name].(string)
		require.True(r.t, ok, "%s is not a string in %v", name, row)
		found = append(found, text)
	}
	return found
}

// id returns the ID of the object in the reply.
func (r reply) id() string {
	r.t.Helper()
	text, ok := r.object()["id"].(string)
	require.True(r.t, ok, "the ID is not a string: %s", r.Raw)
	return text
}

// form returns a form body.
func form(pairs ...string) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values
}

// query returns a query string.
func query(pairs ...string) string { return "?" + form(pairs...).Encode() }

// violations returns the details of the recorded violations.
func (d *deployment) violations() []string {
	var details []string
	for _, violation := range d.sim.Lab().Calls.Violations() {
		details = append(details, violation.Detail)
	}
	return details
}

// text renders an ID as the API does.
func text(id int64) string { return strconv.FormatInt(id, 10) }
