package accelo

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// HTTP status and meta.status must both say success (contract accelo 3).
func TestOpenEnvelope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   string // the response
		refuse *APIError
	}{
		{"the documentation's sample", 200, `{"meta":{"status":"ok","message":"Everything executed as expected.","more_info":"x"},"response":{"id":"45"}}`, `{"id":"45"}`, nil},
		{"keys in another order", 200, `{"response":[],"meta":{"more_info":"","status":"ok"}}`, `[]`, nil},
		{"created", 201, `{"meta":{"status":"ok_created","message":"A resource was successfully created."},"response":{}}`, `{}`, nil},
		{"deleted", 200, `{"meta":{"status":"ok"}}`, ``, nil},
		{"a count", 200, `{"response":42,"meta":{"status":"ok"}}`, `42`, nil},
		{"refused", 400, `{"response":null,"meta":{"status":"invalid_request","message":"The request could not be interpreted."}}`, ``, &APIError{StatusCode: 400, Code: "invalid_request", Message: "The request could not be interpreted."}},
		{"refused with 200", 200, `{"response":null,"meta":{"status":"invalid_request","message":"m"}}`, ``, &APIError{StatusCode: 200, Code: "invalid_request", Message: "m"}},
		{"ok with 500", 500, `{"meta":{"status":"ok"}}`, ``, &APIError{StatusCode: 500, Code: "ok"}},
		{"no status", 200, `{"meta":{},"response":{"id":"45"}}`, ``, &APIError{StatusCode: 200}},
		{"no meta", 200, `{"response":{"id":"45"}}`, ``, &APIError{StatusCode: 200, Message: "the reply is JSON without Accelo's meta", unread: true}},
		{"HTML", 502, "<html>\n<h1>Bad   Gateway</h1>\x00</html>", ``, &APIError{StatusCode: 502, Body: "<html> <h1>Bad Gateway</h1> </html>", unread: true}},
		{"nothing", 200, ``, ``, &APIError{StatusCode: 200, unread: true}},
		{"half a reply", 200, `{"meta":{"status":"ok"},"resp`, ``, &APIError{StatusCode: 200, Body: `{"meta":{"status":"ok"},"resp`, unread: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, refusal := openEnvelope(test.status, []byte(test.body))
			require.Equal(t, test.refuse, refusal)
			require.Equal(t, test.want, string(got.response))
		})
	}
}

// The empty forms of a list are empty; an object in its place is an error, and no object is never an empty object.
func TestDecode(t *testing.T) {
	t.Parallel()
	for _, empty := range []string{``, `null`, `[]`, ` { } `} {
		list, err := decodeList[Company](json.RawMessage(empty))
		require.NoError(t, err, empty)
		require.Empty(t, list)
	}
	_, err := decodeList[Company](json.RawMessage(`{"id":"45"}`))
	require.Error(t, err)
	for _, none := range []string{``, `null`, `[]`, `"45"`} {
		_, err := decodeObject[Company](json.RawMessage(none))
		require.ErrorIs(t, err, errNoObject, none)
	}
	_, err = decodeWrapped(json.RawMessage(`{"other":[]}`), "request_types")
	require.ErrorContains(t, err, "request_types")
}

// Both forms of Retry-After are read, and neither can hold anybody for longer than a day.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 13, 0, 0, 0, time.UTC)
	tests := []struct {
		name, value string
		want        time.Duration
	}{
		{"seconds", "300", 5 * time.Minute},
		{"a date", "Wed, 04 Mar 2026 13:10:00 GMT", 10 * time.Minute},
		{"a past date", "Wed, 04 Mar 2026 12:00:00 GMT", 0},
		{"absurd", "99999999999", 24 * time.Hour},
		{"negative", "-5", 0},
		{"nonsense", "soon", 0},
		{"none", "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			at := parseRetryAfter(http.Header{"Retry-After": {test.value}}, now)
			if test.want == 0 {
				require.Zero(t, at)
				return
			}
			require.Equal(t, test.want, at.Sub(now))
		})
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add(200, `{"meta":{"status":"ok"},"response":[{"id":"1","name":"x","conversion_type":"0"}]}`)
	f.Add(400, `{"meta":{"status":"invalid_request","message":"`+strings.Repeat("é", 600)+`"}}`)
	f.Add(502, `<html>`)
	f.Add(200, `{"response":{"request_types":[{"id":2}]},"meta":{"status":"ok"}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		answer, refusal := openEnvelope(status, []byte(body))
		if refusal != nil {
			refusal.Method = http.MethodPost
			text := refusal.Error()
			require.True(t, utf8.ValidString(text))
			require.Less(t, len(text), 2000)
			require.NotContains(t, text, "\n")
			if status >= 500 {
				require.True(t, InDoubt(refusal), "a write with a 5xx is always in doubt")
			}
			return
		}
		require.GreaterOrEqual(t, status, 200)
		require.Less(t, status, 300)
		_, _ = decodeList[Company](answer.response)
		_, _ = decodeList[AssetValue](answer.response)
		_, _ = decodeObject[Request](answer.response)
		_, _ = decodeObject[User](answer.response)
		_, _ = decodeObject[Affiliation](answer.response)
		_, _ = decodeWrapped(answer.response, "request_types")
	})
}
