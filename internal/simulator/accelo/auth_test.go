package accelo_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A token without a scope can read everything and write nothing. Write includes read.
func TestScopes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, scope                           string
		readCompany, writeCompany, readAssets bool
	}{
		{"default", "", true, false, true},
		{"read all", "read(all)", true, false, true},
		{"write all", "write(all)", true, true, true},
		{"one resource", "read(companies)", true, false, false},
		{"write of one resource", "write(companies)", true, true, false},
		{"two resources", "read(assets,companies)", true, false, true},
		{"joined by comma", "read(assets),write(companies,contacts)", true, true, true},
		{"joined by space", "read(assets) write(companies)", true, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := start(t, accelo.Options{})
			d.token = d.newToken(test.scope)
			check := func(allowed bool, r reply) {
				if allowed {
					r.ok()
					return
				}
				r.refused(http.StatusForbidden, "invalid_permission")
				require.NotEmpty(t, r.Header.Get("X-RateLimit-Remaining"), "an authenticated reply has rate headers")
			}
			check(test.readCompany, d.get("/companies"))
			check(test.writeCompany, d.post("/companies", form("name", "A")))
			check(test.readAssets, d.get("/assets"))
			d.get("/tokeninfo").ok()
		})
	}
}

// Missing and invalid credentials return 401 invalid_client without rate headers (accelo.md 3.7). Two credentials at once
// return 400.
func TestResourceAuthentication(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	tests := []struct {
		name, header, query string
		status              int
		meta                string
	}{
		{"none", "", "", 401, "invalid_client"},
		{"unknown token", "Bearer nope", "", 401, "invalid_client"},
		{"other scheme", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:b")), "", 401, "invalid_client"},
		{"header", "Bearer " + d.token, "", 200, "ok"},
		{"header in lower case", "bearer " + d.token, "", 200, "ok"},
		{"parameter", "", "?_bearer_token=" + d.token, 200, "ok"},
		{"both", "Bearer " + d.token, "?_bearer_token=" + d.token, 400, "invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := d.request(http.MethodGet, "/api/v0/companies"+test.query, nil)
			request.Header.Del("Authorization")
			if test.header != "" {
				request.Header.Set("Authorization", test.header)
			}
			r := d.do(request)
			require.Equal(t, test.status, r.Status)
			require.Equal(t, test.meta, r.Meta.Status)
			if test.status == http.StatusUnauthorized {
				require.Empty(t, r.Header.Get("X-RateLimit-Limit"))
				require.JSONEq(t, "null", string(r.Response))
			}
		})
	}
}

// More than 100 failures in five minutes lock out valid credentials too, and each attempt restarts the timer
// (accelo.md 2.10).
func TestLockOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	for range 100 {
		status, _ := d.tokenCallAs(accelo.DefaultClientID, "wrong", form("grant_type", "client_credentials"))
		require.Equal(t, http.StatusUnauthorized, status)
	}
	d.get("/tokeninfo").ok()
	d.tokenCallAs(accelo.DefaultClientID, "wrong", form("grant_type", "client_credentials"))

	locked := d.get("/tokeninfo")
	locked.refused(401, "too_many_failed_logins")
	require.Equal(t, "300", locked.Header.Get("Retry-After"))
	c.advance(4 * time.Minute)
	d.get("/tokeninfo").refused(401, "too_many_failed_logins")
	c.advance(4 * time.Minute)
	d.get("/tokeninfo").refused(401, "too_many_failed_logins")
	c.advance(5 * time.Minute)
	d.get("/tokeninfo").ok()
}

// Failures more than five minutes apart don't add up, and missing credentials aren't a failed login.
func TestNoLockOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	token := d.token
	for range 3 {
		d.token = "wrong"
		for range 60 {
			d.get("/tokeninfo").refused(401, "invalid_client")
		}
		c.advance(5 * time.Minute)
	}
	for range 150 {
		request := d.request(http.MethodGet, "/api/v0/tokeninfo", nil)
		request.Header.Del("Authorization")
		d.do(request).refused(401, "invalid_client")
	}
	d.token = token
	d.get("/tokeninfo").ok()
}

// An unknown deployment returns 400 before credentials are checked (accelo.md 1).
func TestUnknownDeployment(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	tests := []struct {
		name, host string
		status     int
		message    string
	}{
		{"other label", "omicron.api.accelo.com", 400, "Deployment 'omicron' was not found."},
		{"other label on this machine", "omicron.localhost:8082", 400, "Deployment 'omicron' was not found."},
		{"own label", "planet-express.api.accelo.com", 401, ""},
		{"own label in capitals", "Planet-Express.api.accelo.com", 401, ""},
		{"no label", "127.0.0.1:1", 401, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := d.request(http.MethodGet, "/api/v0/tokeninfo", nil)
			request.Header.Del("Authorization")
			request.Host = test.host
			r := d.do(request)
			require.Equal(t, test.status, r.Status)
			if test.message != "" {
				require.Equal(t, test.message, r.Meta.Message)
			}
		})
	}
}
