package webhook_test

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // a form of signature that is refused
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

// requestBody is the delivery of contract accelo 10.4.
var requestBody = []byte(`{"id":"31","resource_url":"https://planet-express.api.accelo.com/api/v0/requests/31"}`)

var sha1New = sha1.New

func sign(algorithm func() hash.Hash, key string, body []byte) string {
	mac := hmac.New(algorithm, []byte(key))
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// acceloRequest is a delivery as Accelo most likely makes it.
func acceloRequest(t testing.TB, body []byte) *http.Request {
	t.Helper()
	request := post(t, webhook.AcceloURL(publicURL, "msp", token), body)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Accelo-Event", "update_request_status")
	request.Header.Set("X-Hub-Signature", sign(sha1New, accelKey, body))
	return request
}

// Both bodies of contract accelo 10.4, with the id in both types, under whatever content type, tell the request.
func TestAcceloBodies(t *testing.T) {
	t.Parallel()
	const form, asJSON = "application/x-www-form-urlencoded", "application/json"
	for _, test := range []struct{ name, contentType, body string }{
		{"JSON", asJSON, string(requestBody)},
		{"number", asJSON, `{"id":31,"resource_url":"x","more":{"id":[]}}`},
		{"form", form, "id=31&resource_url=https%3A%2F%2Fplanet-express.api.accelo.com%2Fapi%2Fv0%2Frequests%2F31"},
		{"form without a URL", form, "id=31"},
		{"JSON said to be a form", form, string(requestBody)},
		{"form said to be JSON", asJSON, "resource_url=x&id=31"},
		{"no content type", "", " \n" + string(requestBody) + "\n"},
		{"form that ends in a line break", form + "; charset=utf-8", "id=31\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			request := acceloRequest(t, []byte(test.body))
			request.Header.Set("Content-Type", test.contentType)
			answer := f.send(request)
			require.Equal(t, http.StatusAccepted, answer.Code)
			require.Empty(t, answer.Body.String())
			require.Equal(t, []flow.RequestClosedInput{{Connection: "msp", RequestID: 31}}, f.flows.changed)
			require.Equal(t, []string{"accelo accepted"}, f.outcomes.all)
		})
	}
}

// What names no object is no event.
func TestAcceloGarbage(t *testing.T) {
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

// Only the status of a request matters; without the event's name the object decides.
func TestAcceloEvents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, event, resource string
		want                  int
	}{
		{"status of a request", "update_request_status", "", 1},
		{"status of a request, odd URL", "update_request_status", ":", 1},
		{"request made", "create_request", "https://x.api.accelo.com/api/v0/requests/31", 0},
		{"company", "update_company", "https://x.api.accelo.com/api/v0/companies/31", 0},
		{"unknown", "dream", "", 0},
		{"other spelling", "Update_Request_Status", "", 0},
		{"no name, request", "", "https://x.api.accelo.com/api/v0/requests/31", 1},
		{"no name, request with a query", "", "https://x.api.accelo.com/api/v0/requests/31/?_fields=id", 1},
		{"no name, company", "", "https://x.api.accelo.com/api/v0/companies/31", 0},
		{"no name, part of a request", "", "https://x.api.accelo.com/api/v0/requests/31/notes", 0},
		{"no name, another request", "", "https://x.api.accelo.com/api/v0/requests/310", 0},
		{"no name, no URL", "", "", 0},
		{"no name, URL that is none", "", ":", 0},
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

// Every form of signature that contract accelo 10.5 calls possible is taken, of any valid key, and no other.
func TestAcceloSignatures(t *testing.T) {
	t.Parallel()
	one, two := sign(sha1New, accelKey, requestBody), sign(sha256.New, accelKey, requestBody)
	five := sign(md5.New, accelKey, requestBody)
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
		{"key that was replaced", sign(sha1New, oldAccelKey, requestBody), http.StatusAccepted},
		{"key that was replaced, SHA-256", sign(sha256.New, oldAccelKey, requestBody), http.StatusAccepted},
		{"MD5", five, http.StatusUnauthorized},
		{"MD5 with prefix", "md5=" + five, http.StatusUnauthorized},
		{"unknown prefix", "sha512=" + one, http.StatusUnauthorized},
		{"empty prefix", "=" + one, http.StatusUnauthorized},
		{"prefix alone", "sha1=", http.StatusUnauthorized},
		{"two prefixes", "sha1=sha1=" + one, http.StatusUnauthorized},
		{"no hexadecimal", strings.Repeat("z", 40), http.StatusUnauthorized},
		{"one digit less", one[1:], http.StatusUnauthorized},
		{"one byte less", one[2:], http.StatusUnauthorized},
		{"one digit changed", string(one[0]^1) + one[1:], http.StatusUnauthorized},
		{"of no key", sign(sha1New, "", requestBody), http.StatusUnauthorized},
		{"plain digest", hex.EncodeToString(make([]byte, 20)), http.StatusUnauthorized},
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

// A token that was replaced serves the deliveries that were still on their way, and one without a key needs no signature.
func TestAcceloTokens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, connection, token string
	}{{"replaced", "msp", oldToken}, {"without keys", "keyless", token}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			request := post(t, webhook.AcceloURL(publicURL, test.connection, test.token), requestBody)
			request.Header.Set("X-Accelo-Event", "update_request_status")
			if test.connection == "msp" {
				request.Header.Set("X-Hub-Signature", sign(sha1New, accelKey, requestBody))
			}
			require.Equal(t, http.StatusAccepted, f.send(request).Code)
			require.Equal(t, []flow.RequestClosedInput{{Connection: test.connection, RequestID: 31}}, f.flows.changed)
		})
	}
}

// What a real deployment signs with is logged once: the contract leaves it open.
func TestAcceloFirstSignatureIsLogged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, signature := range []string{
		sign(sha1New, "wrong", requestBody), "sha256=" + sign(sha256.New, accelKey, requestBody), sign(sha1New, accelKey, requestBody),
	} {
		request := acceloRequest(t, requestBody)
		request.Header.Set("X-Hub-Signature", signature)
		f.send(request)
	}
	require.Equal(t, 1, strings.Count(f.log.String(), `"level":"INFO"`))
	require.Contains(t, f.log.String(), `"algorithm":"sha256","prefix":"sha256"`)
}

// Duplicates are handed on one by one: each may be the last word on the request.
func TestAcceloDuplicates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 3 {
		require.Equal(t, http.StatusAccepted, f.send(acceloRequest(t, requestBody)).Code)
	}
	require.Len(t, f.flows.changed, 3)
}
