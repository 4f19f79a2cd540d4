package webhook_test

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // a rejected form of signature
	"crypto/sha1" //nolint:gosec // the vendor's choice
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/webhook"
)

// requestBody is the delivery of accelo.md 10.4.
var requestBody = []byte(`{"id":"31","resource_url":"https://planet-express.api.accelo.com/api/v0/requests/31"}`)

var sha1New = sha1.New

func sign(algorithm func() hash.Hash, key string, body []byte) string {
	mac := hmac.New(algorithm, []byte(key))
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// acceloRequest returns a delivery as Accelo most likely sends it.
func acceloRequest(t testing.TB, body []byte) *http.Request {
	t.Helper()
	request := post(t, webhook.AcceloURL(publicURL, "msp", token), body)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Accelo-Event", "update_request_status")
	request.Header.Set("X-Hub-Signature", sign(sha1New, acceloKey, body))
	return request
}

// Both forms of body in accelo.md 10.4 are understood, with the id as a string or a number and under any content type.
func TestAcceloBodies(t *testing.T) {
	t.Parallel()
	const form, asJSON = "application/x-www-form-urlencoded", "application/json"
	for _, test := range []struct{ name, contentType, body string }{
		{"JSON", asJSON, string(requestBody)},
		{"number", asJSON, `{"id":31,"resource_url":"x","more":{"id":[]}}`},
		{"form", form, "id=31&resource_url=https%3A%2F%2Fplanet-express.api.accelo.com%2Fapi%2Fv0%2Frequests%2F31"},
		{"form without a URL", form, "id=31"},
		{"JSON declared as a form", form, string(requestBody)},
		{"form declared as JSON", asJSON, "resource_url=x&id=31"},
		{"no content type", "", " \n" + string(requestBody) + "\n"},
		{"form that ends in a line break", form + "; charset=utf-8", "id=31\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			request := acceloRequest(t, []byte(test.body))
			request.Header.Set("Content-Type", test.contentType)
			response := f.send(request)
			require.Equal(t, http.StatusAccepted, response.Code)
			require.Empty(t, response.Body.String())
			require.Equal(t, []flow.RequestClosedInput{{Connection: "msp", RequestID: 31}}, f.flows.changed)
			require.Equal(t, []string{"accelo accepted"}, f.outcomes.all)
		})
	}
}

// A body without an object id is rejected.
func TestAcceloInvalidBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "{}", "null", "[]", "31", `{"id":null}`, `{"id":""}`, `{"id":0}`, `{"id":-31}`, `{"id":3.1}`, `{"id":3e1}`, `{"id":"x31"}`,
		`{"id":" 31"}`, `{"id":"31"`, `{"id":31}{}`, `{"id":{"id":31}}`, `{"id":99999999999999999999}`, `{"id":9223372036854775808}`,
		`{"id":31,"resource_url":31}`, "id=", "id=0", "id=-31", "id=%2B31", "id=31&x=%zz", "id=31;x", "ID=31", "\x00\xff", "id=31\x00",
		strings.Repeat(`{"id":`, 50_000),
	} {
		t.Run(body[:min(len(body), 40)], func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			require.Equal(t, http.StatusBadRequest, f.send(acceloRequest(t, []byte(body))).Code)
			require.Empty(t, f.flows.order)
			require.Equal(t, []string{"accelo invalid"}, f.outcomes.all)
		})
	}
}

// Only a request's change of status starts something. Without the event's name, the object decides.
func TestAcceloEvents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, event, resource string
		want                  int
	}{
		{"status of a request", "update_request_status", "", 1},
		{"status of a request, invalid URL", "update_request_status", ":", 1},
		{"request created", "create_request", "https://x.api.accelo.com/api/v0/requests/31", 0},
		{"company", "update_company", "https://x.api.accelo.com/api/v0/companies/31", 0},
		{"unknown", "dream", "", 0},
		{"other spelling", "Update_Request_Status", "", 0},
		{"no name, request", "", "https://x.api.accelo.com/api/v0/requests/31", 1},
		{"no name, request with a query", "", "https://x.api.accelo.com/api/v0/requests/31/?_fields=id", 1},
		{"no name, company", "", "https://x.api.accelo.com/api/v0/companies/31", 0},
		{"no name, part of a request", "", "https://x.api.accelo.com/api/v0/requests/31/notes", 0},
		{"no name, another request", "", "https://x.api.accelo.com/api/v0/requests/310", 0},
		{"no name, no URL", "", "", 0},
		{"no name, invalid URL", "", ":", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			request := acceloRequest(t, []byte(`{"id":31,"resource_url":"`+test.resource+`"}`))
			request.Header.Set("X-Accelo-Event", test.event)
			require.Equal(t, http.StatusAccepted, f.send(request).Code)
			require.Len(t, f.flows.changed, test.want)
		})
	}
}

// Every form of signature in accelo.md 10.5 is accepted under any valid key, and no other form is.
func TestAcceloSignatures(t *testing.T) {
	t.Parallel()
	one, two := sign(sha1New, acceloKey, requestBody), sign(sha256.New, acceloKey, requestBody)
	five := sign(md5.New, acceloKey, requestBody)
	for _, test := range []struct {
		name, signature string
		want            int
	}{
		{"SHA-1", one, http.StatusAccepted},
		{"SHA-1 with prefix", "sha1=" + one, http.StatusAccepted},
		{"SHA-1 in capitals", "SHA1=" + strings.ToUpper(one), http.StatusAccepted},
		{"SHA-256", two, http.StatusAccepted},
		{"SHA-256 with prefix", "sha256=" + two, http.StatusAccepted},
		{"SHA-256 in capitals", strings.ToUpper(two), http.StatusAccepted},
		{"previous key", sign(sha1New, oldAcceloKey, requestBody), http.StatusAccepted},
		{"previous key, SHA-256", sign(sha256.New, oldAcceloKey, requestBody), http.StatusAccepted},
		{"MD5", five, http.StatusUnauthorized},
		{"MD5 with prefix", "md5=" + five, http.StatusUnauthorized},
		{"unknown prefix", "sha512=" + one, http.StatusUnauthorized},
		{"empty prefix", "=" + one, http.StatusUnauthorized},
		{"prefix alone", "sha1=", http.StatusUnauthorized},
		{"two prefixes", "sha1=sha1=" + one, http.StatusUnauthorized},
		{"not hexadecimal", strings.Repeat("z", 40), http.StatusUnauthorized},
		{"one digit missing", one[1:], http.StatusUnauthorized},
		{"one byte missing", one[2:], http.StatusUnauthorized},
		{"one digit changed", string(one[0]^1) + one[1:], http.StatusUnauthorized},
		{"empty key", sign(sha1New, "", requestBody), http.StatusUnauthorized},
		{"zero digest", hex.EncodeToString(make([]byte, 20)), http.StatusUnauthorized},
		{"token as key", sign(sha1New, token, requestBody), http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			request := acceloRequest(t, requestBody)
			request.Header.Set("X-Hub-Signature", test.signature)
			require.Equal(t, test.want, f.send(request).Code)
			require.NotContains(t, f.log.String(), one[1:10])
		})
	}
}

// The previous token stays valid for deliveries in flight, and a connection without keys needs no signature.
func TestAcceloTokens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, connection, token string
	}{{"previous token", "msp", oldToken}, {"without keys", "without-keys", token}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			request := post(t, webhook.AcceloURL(publicURL, test.connection, test.token), requestBody)
			request.Header.Set("X-Accelo-Event", "update_request_status")
			if test.connection == "msp" {
				request.Header.Set("X-Hub-Signature", sign(sha1New, acceloKey, requestBody))
			}
			require.Equal(t, http.StatusAccepted, f.send(request).Code)
			require.Equal(t, []flow.RequestClosedInput{{Connection: test.connection, RequestID: 31}}, f.flows.changed)
		})
	}
}

// The algorithm of the first valid signature is logged once, because Accelo doesn't document it (accelo.md 10.5).
func TestAcceloFirstSignatureIsLogged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, signature := range []string{
		sign(sha1New, "wrong", requestBody), "sha256=" + sign(sha256.New, acceloKey, requestBody), sign(sha1New, acceloKey, requestBody),
	} {
		request := acceloRequest(t, requestBody)
		request.Header.Set("X-Hub-Signature", signature)
		f.send(request)
	}
	require.Equal(t, 1, strings.Count(f.log.String(), `"level":"INFO"`))
	require.Contains(t, f.log.String(), `"algorithm":"sha256","prefix":"sha256"`)
}

// Most requests of a deployment have nothing to do with us: their changes start nothing.
func TestAcceloForeignRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.Equal(t, http.StatusAccepted, f.send(acceloRequest(t, []byte(`{"id":404}`))).Code)
	require.Empty(t, f.flows.changed)
	require.Equal(t, []string{"accelo ignored"}, f.outcomes.all)
}

// Every duplicate is handed on: it may report a newer status.
func TestAcceloDuplicates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 3 {
		require.Equal(t, http.StatusAccepted, f.send(acceloRequest(t, requestBody)).Code)
	}
	require.Len(t, f.flows.changed, 3)
}

// What a delivery starts belongs to the pair of accounts whose secrets it has.
func TestDeliveriesBelongToTheirPair(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.Equal(t, http.StatusAccepted, f.send(acceloRequest(t, requestBody)).Code)
	require.Equal(t, http.StatusAccepted, f.ninjaOne(t, recorded(t, "ninjaone_triggered.json")).Code)
	require.Equal(t, []int64{3, 3}, f.flows.pairs)
}
