package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/webhook"
)

// New names the option that is missing.
func TestNewRequiresOptions(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	for _, test := range []struct {
		name, want string
		options    webhook.Options
	}{
		{"flows", "Flows", webhook.Options{Connections: connections{}, Requests: requests{}, Logger: logger}},
		{"connections", "Connections", webhook.Options{Flows: &flows{}, Requests: requests{}, Logger: logger}},
		{"requests", "Requests", webhook.Options{Flows: &flows{}, Connections: connections{}, Logger: logger}},
		{"logger", "Logger", webhook.Options{Flows: &flows{}, Connections: connections{}, Requests: requests{}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := webhook.New(test.options)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// Metrics is optional.
func TestWithoutMetrics(t *testing.T) {
	t.Parallel()
	receiver, err := webhook.New(webhook.Options{
		Flows: &flows{}, Connections: connections{}, Requests: requests{}, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	f := &fixture{mux: http.NewServeMux()}
	receiver.Register(f.mux)
	require.Equal(t, http.StatusUnauthorized, f.send(ninjaRequest(t, nil)).Code)
}

// The URLs match the routes for any connection name, with or without a trailing slash in the public URL.
func TestURLs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "https://h.example/webhooks/ninjaone/default", webhook.NinjaOneURL("https://h.example/", "default"))
	require.Equal(t, "https://h.example/webhooks/accelo/default/T", webhook.AcceloURL("https://h.example", "default", "T"))

	f := newFixture(t)
	f.secrets["a/b c?"] = f.secrets["msp"]
	request := post(t, webhook.NinjaOneURL(publicURL, "a/b c?"), recorded(t, "ninjaone_triggered.json"))
	request.Header.Set(webhook.NinjaOneHeader, "Bearer "+ninjaSecret)
	require.Equal(t, http.StatusAccepted, f.send(request).Code)
	require.Equal(t, "a/b c?", f.flows.triggered[0].Connection)

	request = acceloRequest(t, []byte(`{"id":31}`))
	request.URL.Path, request.URL.RawPath = "/webhooks/accelo/a/b c?/"+token, "/webhooks/accelo/a%2Fb%20c%3F/"+token
	require.Equal(t, http.StatusAccepted, f.send(request).Code)
}

// Deliveries with wrong credentials or paths all get the same response, and nothing starts.
func TestRejectionsAreIdentical(t *testing.T) {
	t.Parallel()
	alert := recorded(t, "ninjaone_triggered.json")
	ninja := func(connection, header string) *http.Request {
		request := post(t, webhook.NinjaOneURL(publicURL, connection), alert)
		if header != "" {
			request.Header.Set(webhook.NinjaOneHeader, header)
		}
		return request
	}
	accelo := func(connection, token, signature string) *http.Request {
		request := post(t, webhook.AcceloURL(publicURL, connection, token), requestBody)
		request.Header.Set("X-Accelo-Event", "update_request_status")
		if signature != "" {
			request.Header.Set("X-Hub-Signature", signature)
		}
		return request
	}
	right := sign(sha1New, acceloKey, requestBody)
	for _, test := range []struct {
		name    string
		request *http.Request
	}{
		{"no header", ninja("msp", "")},
		{"wrong secret", ninja("msp", "Bearer wrong")},
		{"secret without its scheme", ninja("msp", "Basic "+ninjaSecret)},
		{"suffix of the secret", ninja("msp", "Bearer "+ninjaSecret[1:])},
		{"secret with a suffix", ninja("msp", "Bearer "+ninjaSecret+"x")},
		{"secret of the other vendor", ninja("msp", "Bearer "+acceloKey)},
		{"unknown connection", ninja("unknown", "Bearer "+ninjaSecret)},
		{"connection without secrets", ninja("without-secrets", "Bearer ")},
		{"empty secret", ninja("empty-secrets", "Bearer ")},
		{"empty secret, no header", ninja("empty-secrets", "")},
		{"connection with a NUL byte", ninja("a\x00b", "Bearer "+ninjaSecret)},
		{"connection that is not UTF-8", ninja("a\xffb", "Bearer "+ninjaSecret)},
		{"very long connection", ninja(strings.Repeat("x", 5000), "Bearer "+ninjaSecret)},
		{"wrong token", accelo("msp", "wrong", right)},
		{"token of the other vendor", accelo("msp", ninjaSecret, right)},
		{"no signature", accelo("msp", token, "")},
		{"wrong signature", accelo("msp", token, sign(sha1New, "wrong", requestBody))},
		{"signature of another body", accelo("msp", token, sign(sha1New, acceloKey, []byte(`{"id":32}`)))},
		{"signature without keys", accelo("without-keys", token, sign(sha1New, "", requestBody))},
		{"unknown Accelo connection", accelo("unknown", token, right)},
		{"no vendor", post(t, publicURL+"/webhooks", alert)},
		{"only a slash", post(t, publicURL+"/webhooks/", alert)},
		{"unknown vendor", post(t, publicURL+"/webhooks/other/msp", alert)},
		{"no connection", post(t, publicURL+"/webhooks/ninjaone/", alert)},
		{"path too long", post(t, publicURL+"/webhooks/ninjaone/msp/more", alert)},
		{"no token", post(t, publicURL+"/webhooks/accelo/msp", alert)},
		{"empty token", post(t, publicURL+"/webhooks/accelo/empty-secrets/", alert)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			response := f.send(test.request)
			require.Equal(t, http.StatusUnauthorized, response.Code)
			require.Equal(t, "Unauthorized\n", response.Body.String())
			require.Equal(t, http.Header{
				"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"},
			}, response.Header())
			require.Empty(t, f.flows.order)
			require.Len(t, f.outcomes.all, 1)
			require.Contains(t, f.outcomes.all[0], " unauthorized")
			require.Contains(t, f.log.String(), `"level":"WARN"`)
		})
	}
}

// Every path accepts only POST.
func TestOtherMethods(t *testing.T) {
	t.Parallel()
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "BREW",
	} {
		for _, url := range []string{webhook.NinjaOneURL(publicURL, "msp"), webhook.AcceloURL(publicURL, "msp", token), publicURL + "/webhooks/x"} {
			t.Run(method+" "+url, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				response := f.send(httptest.NewRequestWithContext(t.Context(), method, url, http.NoBody))
				require.Equal(t, http.StatusMethodNotAllowed, response.Code)
				require.Equal(t, "POST", response.Header().Get("Allow"))
				require.Contains(t, f.outcomes.all[0], " method")
			})
		}
	}
}

// Failures on our side never end a subscription: the sender is asked to retry.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	alert := recorded(t, "ninjaone_triggered.json")
	for _, test := range []struct {
		name, vendor string
		broken       bool
		request      *http.Request
	}{
		{"NinjaOne: Temporal is down", "ninjaone", true, ninjaRequest(t, alert)},
		{"NinjaOne: a reset and Temporal is down", "ninjaone", true, ninjaRequest(t, recorded(t, "ninjaone_reset.json"))},
		{"NinjaOne: secrets cannot be read", "ninjaone", false, post(t, webhook.NinjaOneURL(publicURL, "broken"), alert)},
		{"Accelo: Temporal is down", "accelo", true, acceloRequest(t, requestBody)},
		{"Accelo: requests cannot be read", "accelo", false, acceloRequest(t, []byte(`{"id":503}`))},
		{"Accelo: secrets cannot be read", "accelo", false, post(t, webhook.AcceloURL(publicURL, "broken", token), requestBody)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if test.broken {
				f.flows.intercept = func(context.Context) error { return errors.New("no connection to the frontend") }
			}
			response := f.send(test.request)
			require.Equal(t, http.StatusServiceUnavailable, response.Code)
			require.Equal(t, "5", response.Header().Get("Retry-After"))
			require.Equal(t, "Service Unavailable\n", response.Body.String())
			require.Equal(t, []string{test.vendor + " unavailable"}, f.outcomes.all)
		})
	}
}

// A sender that disconnects does not cancel its event, and the call to Temporal ends before the sender gives up waiting.
func TestDisconnectDoesNotCancelEvent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		request *http.Request
	}{
		{"NinjaOne", ninjaRequest(t, recorded(t, "ninjaone_triggered.json"))},
		{"Accelo", acceloRequest(t, requestBody)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.flows.intercept = func(ctx context.Context) error {
				deadline, ok := ctx.Deadline()
				require.True(t, ok)
				require.LessOrEqual(t, time.Until(deadline), 6*time.Second)
				return ctx.Err()
			}
			ctx, disconnect := context.WithCancel(t.Context())
			disconnect()
			require.Equal(t, http.StatusAccepted, f.send(test.request.WithContext(ctx)).Code)
			require.Len(t, f.flows.order, 1)
		})
	}
}

// A body over 1 MiB is rejected, with or without a Content-Length. Exactly 1 MiB is accepted.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	padded := func(start []byte, size int) []byte {
		return append(start[:len(start):len(start)], bytes.Repeat([]byte(" "), size-len(start))...)
	}
	alert := recorded(t, "ninjaone_triggered.json")
	for _, test := range []struct {
		name    string
		request func(t testing.TB, body []byte) *http.Request
		start   []byte
	}{{"NinjaOne", ninjaRequest, alert}, {"Accelo", acceloRequest, requestBody}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			require.Equal(t, http.StatusAccepted, f.send(test.request(t, padded(test.start, 1<<20))).Code)

			over := padded(test.start, 1<<20+1)
			require.Equal(t, http.StatusRequestEntityTooLarge, f.send(test.request(t, over)).Code)
			chunked := test.request(t, over)
			chunked.ContentLength, chunked.Body = -1, io.NopCloser(bytes.NewReader(over))
			require.Equal(t, http.StatusRequestEntityTooLarge, f.send(chunked).Code)
			require.Len(t, f.flows.order, 1)
		})
	}
}

// A body that stalls times out: an authentic sender is asked to retry, any other is rejected.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, secret string
		want         int
	}{
		{"authentic sender", ninjaSecret, http.StatusServiceUnavailable},
		{"wrong secret", "wrong", http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.receiver.SetBodyTimeout(-time.Second)
			server := httptest.NewServer(f.mux)
			defer server.Close()
			connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer func() { _ = connection.Close() }()
			_, err = io.WriteString(connection, "POST /webhooks/ninjaone/msp HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n"+
				"Authorization: Bearer "+test.secret+"\r\n\r\n"+`{"id":1,`)
			require.NoError(t, err)
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			require.NoError(t, err)
			require.Equal(t, test.want, response.StatusCode)
			require.NoError(t, response.Body.Close())
		})
	}
}

// deadlineRecorder also records the last read deadline.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (d *deadlineRecorder) SetReadDeadline(at time.Time) error {
	d.deadline = at
	return nil
}

// The read deadline is lifted once the body has been read, so a slow Temporal does not break the connection. It stays for an
// unread body, because the server still drains it.
func TestReadDeadline(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	response := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	f.flows.intercept = func(context.Context) error {
		require.Zero(t, response.deadline)
		return nil
	}
	f.mux.ServeHTTP(response, ninjaRequest(t, recorded(t, "ninjaone_triggered.json")))
	require.Equal(t, http.StatusAccepted, response.Code)

	response = &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	f.mux.ServeHTTP(response, post(t, webhook.NinjaOneURL(publicURL, "msp"), nil))
	require.Equal(t, http.StatusUnauthorized, response.Code)
	require.NotZero(t, response.deadline)
}

// The log has ids and outcomes, but no secret and no content of a body.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.ninjaOne(t, recorded(t, "ninjaone_triggered.json"))
	f.ninjaOne(t, []byte(`{"id":1,"message":"payroll.example.com"`))
	f.send(acceloRequest(t, requestBody))
	f.send(acceloRequest(t, []byte(`{"id":"payroll.example.com"}`)))
	f.send(post(t, webhook.AcceloURL(publicURL, "msp", token), requestBody))
	f.send(post(t, publicURL+"/webhooks/accelo/"+token, requestBody))
	wrong := ninjaRequest(t, nil)
	wrong.Header.Set(webhook.NinjaOneHeader, "Bearer almost-"+ninjaSecret)
	f.send(wrong)

	log := f.log.String()
	require.Equal(t, 8, strings.Count(log, "\n"), "one line per delivery, and one for the first signature")
	for _, secret := range []string{ninjaSecret, acceloKey, token, sign(sha1New, acceloKey, requestBody), "payroll", "esxi03", "Memory"} {
		require.NotContains(t, log, secret)
	}
	for _, attribute := range []string{`"activity_id":177210`, `"alert_uid":"e6b0b0bd-5753-445d-9e4a-71c08983cbd5"`, `"object_id":31`, `"connection":"msp"`} {
		require.Contains(t, log, attribute)
	}
	require.Equal(t, []string{
		"ninjaone accepted", "ninjaone invalid", "accelo accepted", "accelo invalid", "accelo unauthorized", "unknown unauthorized",
		"ninjaone unauthorized",
	}, f.outcomes.all)
}
