package ninjaone_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

const uid = "50edcf11-de92-4ecb-955b-c8066488b6cc"

// apiError returns the error of a call that gets this response.
func apiError(t *testing.T, status int, body string, headers ...string) *ninjaone.APIError {
	t.Helper()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/alert/": respond(status, body, headers...)})
	client := s.client(t, func(o *ninjaone.Options) { o.Now = func() time.Time { return time.Unix(1700000000, 0) } })
	var api *ninjaone.APIError
	require.ErrorAs(t, client.ResetAlert(t.Context(), uid), &api)
	return api
}

// All four formats of error bodies are read (ninjaone.md 8.3).
func TestErrorFormats(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                    string
		status                  int
		body                    string
		code, message, incident string
	}{
		{name: "gateway", status: 400, body: `{"error":"missing_header","error_description":"Missing required header","error_code":2}`, code: "missing_header", message: "Missing required header", incident: ""},
		{name: "gateway, only a number", status: 400, body: `{"error_code":2}`, code: "2", message: "", incident: ""},
		{name: "application", status: 404, body: `{"resultCode":"NOT_FOUND","errorMessage":"No such alert","incidentId":"WEB-1"}`, code: "NOT_FOUND", message: "No such alert", incident: "WEB-1"},
		{name: "application, fields missing", status: 500, body: `{"incidentId":"WEB-2"}`, code: "", message: "", incident: "WEB-2"},
		{name: "validation", status: 400, body: `{"errorMessage":{"code":"some_code","params":{"key":"value"}}}`, code: "some_code", message: `{"key":"value"}`, incident: ""},
		{name: "bare string", status: 400, body: `"something is wrong"`, code: "", message: "something is wrong", incident: ""},
		{name: "HTML", status: 502, body: "<html><head><title>502\nBad Gateway</title></head></html>", code: "", message: "(an HTML page: 502 Bad Gateway)", incident: ""},
		{name: "HTML without title", status: 502, body: `<html>`, code: "", message: "(an HTML page)", incident: ""},
		{name: "text", status: 502, body: "bad\r\ngateway\x1b[31m", code: "", message: "bad gateway[31m", incident: ""},
		{name: "empty", status: 500, body: ``, code: "", message: "", incident: ""},
		{name: "fields of unexpected types", status: 500, body: `{"resultCode":{},"errorMessage":[1],"incidentId":null}`, code: "", message: "", incident: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := apiError(t, test.status, test.body, "x-nj-request-id", "req-1")
			require.Equal(t, test.status, got.StatusCode)
			require.Equal(t, test.code, got.Code)
			require.Equal(t, test.message, got.Message)
			require.Equal(t, test.incident, got.IncidentID)
			require.Equal(t, "req-1", got.RequestID)
			require.Equal(t, "reset_alert", got.Operation)
			require.Equal(t, http.MethodDelete, got.Method)
			require.Equal(t, "/v2/alert/"+uid, got.Path)
			require.ErrorContains(t, got, "[request req-1]")
		})
	}
}

// A long error body is truncated.
func TestErrorBodyIsTruncated(t *testing.T) {
	t.Parallel()
	got := apiError(t, 500, strings.Repeat("x", 1<<20))
	require.Equal(t, strings.Repeat("x", 400)+"…", got.Message)
}

// Secrets that the server quotes do not appear in errors.
func TestErrorsRedactSecrets(t *testing.T) {
	t.Parallel()
	got := apiError(t, 400, `{"error":"bad","error_description":"no token-1 for `+clientSecret+`"}`)
	require.Equal(t, "no [redacted] for [redacted]", got.Message)
}

// Each response satisfies exactly the predicates listed for it.
func TestPredicates(t *testing.T) {
	t.Parallel()
	all := map[string]func(error) bool{
		"not found": ninjaone.IsNotFound, "unauthorized": ninjaone.IsUnauthorized, "forbidden": ninjaone.IsForbidden,
		"rate limited": ninjaone.IsRateLimited, "wrong region": ninjaone.IsWrongRegion, "unsupported": ninjaone.IsUnsupported,
		"clock skewed": ninjaone.IsClockSkewed, "transient": ninjaone.IsTransient, "rejected": ninjaone.IsRejected,
	}
	const application = `{"resultCode":"FAILURE","errorMessage":"text"}`
	const page = `<html><body>Request limit exceeded, try later</body></html>`
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   []string
	}{
		{name: "unknown record", status: 404, body: application, want: []string{"not found", "rejected"}},
		{name: "unknown record without a body", status: 404, body: ``, want: []string{"not found", "rejected"}},
		{name: "unknown endpoint", status: 404, body: `<html>Not Found</html>`, want: []string{"unsupported", "rejected"}},
		{name: "wrong method", status: 405, body: ``, want: []string{"unsupported"}},
		{name: "wrong region", status: 404, body: `{"resultCode":"Client app not exist"}`, want: []string{"wrong region"}},
		{name: "bad bearer", status: 401, body: `{"error":"invalid_token"}`, want: []string{"unauthorized"}},
		{name: "missing header is 400", status: 400, body: `{"error":"missing_header"}`, want: []string{"unauthorized"}},
		{name: "invalid header is 400", status: 400, body: `{"error":"invalid_header"}`, want: []string{"unauthorized"}},
		{name: "missing scope", status: 403, body: application, want: []string{"forbidden"}},
		{name: "skewed clock", status: 403, body: `{"error":"skewed_time"}`, want: []string{"clock skewed"}},
		{name: "malformed", status: 400, body: application, want: []string{"rejected"}},
		{name: "conflict", status: 409, body: application, want: []string{"rejected"}},
		{name: "429", status: 429, body: ``, want: []string{"rate limited", "transient"}},
		{name: "code without 429", status: 400, body: `{"error":"rate_limit_exceeded"}`, want: []string{"rate limited", "transient"}},
		{name: "page with 200", status: 200, body: page, want: []string{"rate limited", "transient"}},
		{name: "page with 401", status: 401, body: page, want: []string{"rate limited", "transient"}},
		{name: "page with 403", status: 403, body: page, want: []string{"rate limited", "transient"}},
		{name: "page with 404", status: 404, body: page, want: []string{"rate limited", "transient"}},
		{name: "page with 503", status: 503, body: page, want: []string{"rate limited", "transient"}},
		{name: "text with 200", status: 200, body: `Too Many Requests`, want: []string{"rate limited", "transient"}},
		{name: "request timeout", status: 408, body: ``, want: []string{"transient"}},
		{name: "internal error", status: 500, body: application, want: []string{"transient"}},
		{name: "bad gateway", status: 502, body: ``, want: []string{"transient"}},
		{name: "unavailable", status: 503, body: ``, want: []string{"transient"}},
		{name: "not implemented", status: 501, body: ``, want: nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("wrapped: %w", apiError(t, test.status, test.body))
			var got []string
			for name, is := range all {
				if is(err) {
					got = append(got, name)
				}
			}
			require.ElementsMatch(t, test.want, got, "%v", err)
		})
	}
	for name, is := range all {
		require.False(t, is(nil), name)
		require.False(t, is(errors.New("other")), name)
	}
}

// The 404 of a list is about the endpoint, because a list names no record.
func TestMissingListIsUnsupported(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": respond(404, `{"resultCode":"NOT_FOUND"}`)})
	_, err := s.client(t).Policies(t.Context())
	require.True(t, ninjaone.IsUnsupported(err), "%v", err)
	require.False(t, ninjaone.IsNotFound(err))
}

// JSON that quotes the words of a throttle page is not taken for one.
func TestJSONIsNotAThrottlePage(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/alerts": respond(200, ` [{"uid":"`+uid+`","message":"too many requests: rate limit"}]`, "Content-Type", "text/html")})
	alerts, err := s.client(t).Alerts(t.Context())
	require.NoError(t, err)
	require.Len(t, alerts.Alerts, 1)
}

// Both forms of Retry-After are read with any status, and limited to between one second and one hour.
func TestRetryAt(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0).UTC()
	for _, test := range []struct {
		name, header string
		want         time.Duration
	}{
		{name: "seconds", header: "30", want: 30 * time.Second},
		{name: "date", header: now.Add(2 * time.Minute).Format(http.TimeFormat), want: 2 * time.Minute},
		{name: "zero", header: "0", want: time.Second},
		{name: "past date", header: now.Add(-time.Hour).Format(http.TimeFormat), want: time.Second},
		{name: "too long", header: "86400", want: time.Hour},
		{name: "date too far away", header: now.AddDate(1, 0, 0).Format(http.TimeFormat), want: time.Hour},
		{name: "overflow", header: "99999999999999999999999", want: time.Hour},
		{name: "absent", header: "", want: 0},
		{name: "negative", header: "-5", want: 0},
		{name: "not a date", header: "soon", want: 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			at := ninjaone.RetryAt(apiError(t, 429, ``, "Retry-After", test.header))
			if test.want == 0 {
				require.Zero(t, at)
				return
			}
			require.Equal(t, test.want, at.Sub(now))
		})
	}
	at := ninjaone.RetryAt(apiError(t, 200, `<p>rate limit</p>`, "Retry-After", "7"))
	require.Equal(t, 7*time.Second, at.Sub(now))
}

// The error of a forbidden webhook says what to do (ninjaone.md 7.1).
func TestForbiddenWebhookIsExplained(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/webhook": respond(403, `{"resultCode":"FORBIDDEN","errorMessage":"only system administrators"}`)})
	err := s.client(t).PutWebhook(t.Context(), exampleWebhook())
	require.True(t, ninjaone.IsForbidden(err))
	require.ErrorContains(t, err, "API application of a system administrator")
}
