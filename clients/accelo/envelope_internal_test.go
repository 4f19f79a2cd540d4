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

// HTTP status and meta.status must both say success (accelo.md 3).
func TestOpenEnvelope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		status  int
		body    string
		want    string // the content
		wantErr *APIError
	}{
		{name: "documented sample", status: 200, body: `{"meta":{"status":"ok","message":"Everything executed as expected.","more_info":"x"},"response":{"id":"45"}}`, want: `{"id":"45"}`, wantErr: nil},
		{name: "fields in another order", status: 200, body: `{"response":[],"meta":{"more_info":"","status":"ok"}}`, want: `[]`, wantErr: nil},
		{name: "created", status: 201, body: `{"meta":{"status":"ok_created","message":"A resource was successfully created."},"response":{}}`, want: `{}`, wantErr: nil},
		{name: "deleted", status: 200, body: `{"meta":{"status":"ok"}}`, want: ``, wantErr: nil},
		{name: "number", status: 200, body: `{"response":42,"meta":{"status":"ok"}}`, want: `42`, wantErr: nil},
		{name: "rejected", status: 400, body: `{"response":null,"meta":{"status":"invalid_request","message":"The request could not be interpreted."}}`, want: ``, wantErr: &APIError{StatusCode: 400, Code: "invalid_request", Message: "The request could not be interpreted."}},
		{name: "rejected with 200", status: 200, body: `{"response":null,"meta":{"status":"invalid_request","message":"m"}}`, want: ``, wantErr: &APIError{StatusCode: 200, Code: "invalid_request", Message: "m"}},
		{name: "ok with 500", status: 500, body: `{"meta":{"status":"ok"}}`, want: ``, wantErr: &APIError{StatusCode: 500, Code: "ok"}},
		{name: "no status", status: 200, body: `{"meta":{},"response":{"id":"45"}}`, want: ``, wantErr: &APIError{StatusCode: 200}},
		{name: "no meta", status: 200, body: `{"response":{"id":"45"}}`, want: ``, wantErr: &APIError{StatusCode: 200, Message: "the response is JSON without Accelo's meta", unreadable: true}},
		{name: "HTML", status: 502, body: "<html>\n<h1>Bad   Gateway</h1>\x00</html>", want: ``, wantErr: &APIError{StatusCode: 502, Message: "the response is not JSON: <html> <h1>Bad Gateway</h1> </html>", unreadable: true}},
		{name: "empty", status: 200, body: ``, want: ``, wantErr: &APIError{StatusCode: 200, Message: "the response is not JSON: it is empty", unreadable: true}},
		{name: "truncated", status: 200, body: `{"meta":{"status":"ok"},"resp`, want: ``, wantErr: &APIError{StatusCode: 200, Message: `the response is not JSON: {"meta":{"status":"ok"},"resp`, unreadable: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := openEnvelope(test.status, []byte(test.body))
			require.Equal(t, test.wantErr, err)
			require.Equal(t, test.want, string(got.data))
		})
	}
}

// An empty list has several forms, but an object is not one of them. An absent object is an error and not an empty one.
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
	_, err = unwrap(json.RawMessage(`{"other":[]}`), "request_types")
	require.ErrorContains(t, err, "request_types")
}

// Both forms of Retry-After are read and limited to a day.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 13, 0, 0, 0, time.UTC)
	tests := []struct {
		name, value string
		want        time.Duration
	}{
		{name: "seconds", value: "300", want: 5 * time.Minute},
		{name: "date", value: "Wed, 04 Mar 2026 13:10:00 GMT", want: 10 * time.Minute},
		{name: "past date", value: "Wed, 04 Mar 2026 12:00:00 GMT", want: 0},
		{name: "too long", value: "99999999999", want: 24 * time.Hour},
		{name: "negative", value: "-5", want: 0},
		{name: "negative, with overflow", value: "-9999999999", want: 0},
		{name: "not a number", value: "soon", want: 0},
		{name: "absent", value: "", want: 0},
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

// No response makes decoding panic, and every error is short and printable.
func FuzzEnvelope(f *testing.F) {
	f.Add(200, `{"meta":{"status":"ok"},"response":[{"id":"1","name":"x","conversion_type":"0"}]}`)
	f.Add(400, `{"meta":{"status":"invalid_request","message":"`+strings.Repeat("é", 600)+`"}}`)
	f.Add(502, `<html>`)
	f.Add(200, `{"response":{"request_types":[{"id":2}]},"meta":{"status":"ok"}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		result, err := openEnvelope(status, []byte(body))
		if err != nil {
			err.Method = http.MethodPost
			text := err.Error()
			require.True(t, utf8.ValidString(text))
			require.Less(t, len(text), 2000)
			require.NotContains(t, text, "\n")
			if status >= 500 {
				require.True(t, InDoubt(err), "a write with a 5xx is always in doubt")
			}
			return
		}
		require.GreaterOrEqual(t, status, 200)
		require.Less(t, status, 300)
		_, _ = decodeList[Company](result.data)
		_, _ = decodeList[AssetValue](result.data)
		_, _ = decodeObject[Request](result.data)
		_, _ = decodeObject[User](result.data)
		_, _ = decodeObject[Affiliation](result.data)
		_, _ = unwrap(result.data, "request_types")
	})
}
