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

// apiError resets an alert against one answer and returns how the client reads it.
func apiError(t *testing.T, status int, body string, headers ...string) *ninjaone.APIError {
	t.Helper()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/alert/": reply(status, body, headers...)})
	err := s.client(t, func(o *ninjaone.Options) { o.Now = func() time.Time { return time.Unix(1700000000, 0) } }).ResetAlert(t.Context(), uid)
	var refused *ninjaone.APIError
	require.ErrorAs(t, err, &refused)
	return refused
}

// The four families of contract ninjaone 8.3.
func TestErrorFamilies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                    string
		status                  int
		body                    string
		code, message, incident string
	}{
		{"gateway", 400, `{"error":"missing_header","error_description":"Missing required header","error_code":2}`, "missing_header", "Missing required header", ""},
		{"gateway, number only", 400, `{"error_code":2}`, "2", "", ""},
		{"application", 404, `{"resultCode":"NOT_FOUND","errorMessage":"No such alert","incidentId":"WEB-1"}`, "NOT_FOUND", "No such alert", "WEB-1"},
		{"application, parts missing", 500, `{"incidentId":"WEB-2"}`, "", "", "WEB-2"},
		{"validation", 400, `{"errorMessage":{"code":"some_code","params":{"key":"value"}}}`, "some_code", `{"key":"value"}`, ""},
		{"bare string", 400, `"something is wrong"`, "", "something is wrong", ""},
		{"HTML", 502, "<html><head><title>502\nBad Gateway</title></head></html>", "", "(an HTML page: 502 Bad Gateway)", ""},
		{"HTML without title", 502, `<html>`, "", "(an HTML page)", ""},
		{"text", 502, "bad\r\ngateway\x1b[31m", "", "bad gateway[31m", ""},
		{"empty", 500, ``, "", "", ""},
		{"unexpected members", 500, `{"resultCode":{},"errorMessage":[1],"incidentId":null}`, "", "", ""},
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

// An endless error body is cut, and its text shortened.
func TestErrorBodyIsBounded(t *testing.T) {
	t.Parallel()
	got := apiError(t, 500, strings.Repeat("x", 1<<20))
	require.Equal(t, strings.Repeat("x", 400)+"…", got.Message)
}

// A server that echoes what it was sent does not bring secrets into errors.
func TestErrorsRedactSecrets(t *testing.T) {
	t.Parallel()
	got := apiError(t, 400, `{"error":"bad","error_description":"no token-1 for `+clientSecret+`"}`)
	require.Equal(t, "no [secret] for [secret]", got.Message)
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	all := map[string]func(error) bool{
		"not found": ninjaone.IsNotFound, "unauthorized": ninjaone.IsUnauthorized, "forbidden": ninjaone.IsForbidden,
		"rate limited": ninjaone.IsRateLimited, "wrong region": ninjaone.IsWrongRegion, "unsupported": ninjaone.IsUnsupported,
		"clock": ninjaone.IsClockSkewed, "transient": ninjaone.IsTransient, "turned down": ninjaone.IsRejected,
	}
	const application = `{"resultCode":"FAILURE","errorMessage":"text"}`
	const page = `<html><body>Request limit exceeded, try later</body></html>`
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   []string
	}{
		{"unknown record", 404, application, []string{"not found", "turned down"}},
		{"unknown record without a body", 404, ``, []string{"not found", "turned down"}},
		{"unknown route", 404, `<html>Not Found</html>`, []string{"unsupported", "turned down"}},
		{"wrong method", 405, ``, []string{"unsupported"}},
		{"wrong region", 404, `{"resultCode":"Client app not exist"}`, []string{"wrong region"}},
		{"bad bearer", 401, `{"error":"invalid_token"}`, []string{"unauthorized"}},
		{"missing header is 400", 400, `{"error":"missing_header"}`, []string{"unauthorized"}},
		{"invalid header is 400", 400, `{"error":"invalid_header"}`, []string{"unauthorized"}},
		{"missing scope", 403, application, []string{"forbidden"}},
		{"skewed clock", 403, `{"error":"skewed_time"}`, []string{"clock"}},
		{"malformed", 400, application, []string{"turned down"}},
		{"conflict", 409, application, []string{"turned down"}},
		{"429", 429, ``, []string{"rate limited", "transient"}},
		{"code without 429", 400, `{"error":"rate_limit_exceeded"}`, []string{"rate limited", "transient"}},
		{"page with 200", 200, page, []string{"rate limited", "transient"}},
		{"page with 401", 401, page, []string{"rate limited", "transient"}},
		{"page with 403", 403, page, []string{"rate limited", "transient"}},
		{"page with 404", 404, page, []string{"rate limited", "transient"}},
		{"page with 503", 503, page, []string{"rate limited", "transient"}},
		{"text with 200", 200, `Too Many Requests`, []string{"rate limited", "transient"}},
		{"request timeout", 408, ``, []string{"transient"}},
		{"internal error", 500, application, []string{"transient"}},
		{"bad gateway", 502, ``, []string{"transient"}},
		{"unavailable", 503, ``, []string{"transient"}},
		{"not implemented", 501, ``, nil},
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

// A list has no record that could be missing: its 404 speaks of the route.
func TestMissingListIsUnsupported(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": reply(404, `{"resultCode":"NOT_FOUND"}`)})
	_, err := s.client(t, nil).Policies(t.Context())
	require.True(t, ninjaone.IsUnsupported(err), "%v", err)
	require.False(t, ninjaone.IsNotFound(err))
}

// Alerts may quote the words of a throttle page.
func TestJSONIsNoThrottlePage(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/alerts": reply(200, ` [{"uid":"`+uid+`","message":"too many requests: rate limit"}]`, "Content-Type", "text/html")})
	alerts, err := s.client(t, nil).Alerts(t.Context(), ninjaone.AlertFilter{})
	require.NoError(t, err)
	require.Len(t, alerts, 1)
}

// Retry-After is read in both forms, whatever the status, and kept between a second and an hour.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0).UTC()
	for _, test := range []struct {
		name, header string
		want         time.Duration
	}{
		{"seconds", "30", 30 * time.Second},
		{"date", now.Add(2 * time.Minute).Format(http.TimeFormat), 2 * time.Minute},
		{"zero", "0", time.Second},
		{"past date", now.Add(-time.Hour).Format(http.TimeFormat), time.Second},
		{"too long", "86400", time.Hour},
		{"far date", now.AddDate(1, 0, 0).Format(http.TimeFormat), time.Hour},
		{"overflow", "99999999999999999999999", time.Hour},
		{"absent", "", 0},
		{"negative", "-5", 0},
		{"garbage", "soon", 0},
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

// The webhook's 403 says what to do (contract ninjaone 7.1).
func TestWebhookForbiddenIsExplained(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/webhook": reply(403, `{"resultCode":"FORBIDDEN","errorMessage":"only system administrators"}`)})
	err := s.client(t, nil).PutWebhook(t.Context(), exampleHook())
	require.True(t, ninjaone.IsForbidden(err))
	require.ErrorContains(t, err, "API application of a system administrator")
}
