package ninjaone_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// The token endpoint grants and refuses tokens alike on both paths (ninjaone.md 2.1.2 and 2.1.6).
func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		form     url.Values
		status   int
		contains string
	}{
		{"all scopes by default", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}}, 200, `"scope":"monitoring management control"`},
		{"requested scopes", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}, "scope": {"monitoring management"}}, 200, `"scope":"monitoring management"`},
		{"offline_access", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}, "scope": {"monitoring offline_access"}}, 400, `"error":"invalid_scope"`},
		{"unknown client", url.Values{"grant_type": {"client_credentials"}, "client_id": {"other"}, "client_secret": {"demo-secret"}}, 404, `"resultCode":"Client app not exist"`},
		{"wrong secret", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"no"}}, 401, `"error":"invalid_client"`},
		{"unknown scope", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}, "scope": {"root"}}, 400, `"error":"invalid_scope"`},
		{"grant not enabled", url.Values{"grant_type": {"refresh_token"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}}, 400, `"error":"unauthorized_client"`},
		{"unknown grant", url.Values{"grant_type": {"password"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}}, 400, `"error":"unsupported_grant_type"`},
		{"empty", url.Values{}, 400, `"error":"invalid_request"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t, ninjaone.Options{})
			for _, path := range []string{"/ws/oauth/token", "/oauth/token"} {
				got := n.form(path, test.form)
				require.Equal(t, test.status, got.status, got.body)
				require.Contains(t, got.body, test.contains)
				require.NotEmpty(t, got.header.Get("X-Nj-Request-Id"))
				require.NotContains(t, got.body, "refresh_token")
			}
			require.Equal(t, 2, n.Lab.Counters().Auth)
		})
	}
}

func TestTokenEndpointAcceptsBasicCredentials(t *testing.T) {
	t.Parallel()
	n := newTenant(t, ninjaone.Options{TokenLifetime: 90 * time.Second})
	basic := base64.StdEncoding.EncodeToString([]byte("demo-client:demo-secret"))
	got := n.do(http.MethodPost, "/ws/oauth/token", "grant_type=client_credentials", http.Header{
		"Authorization": {"Basic " + basic}, "Content-Type": {"application/x-www-form-urlencoded"},
	})
	require.Equal(t, http.StatusOK, got.status)
	var token map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &token))
	require.EqualValues(t, 90, token["expires_in"])
	require.Equal(t, "Bearer", token["token_type"])

	query := n.do(http.MethodPost, "/ws/oauth/token?grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret", "", nil)
	require.Equal(t, http.StatusBadRequest, query.status, "credentials in the URL are ignored")
	for _, logged := range n.Lab.Calls.Calls(0) {
		require.NotContains(t, logged.Query, "demo-secret")
	}
}

// Missing, malformed and invalid credentials are rejected before the path is checked (ninjaone.md 2.2.5).
func TestInvalidCredentials(t *testing.T) {
	t.Parallel()
	n := newTenant(t, ninjaone.Options{AccessKeyID: "KEY", SecretAccessKey: "secret"})
	tests := []struct {
		name, authorization string
		status              int
		body                string
	}{
		{"missing", "", 400, `{"error":"missing_header","error_description":"Missing required header","error_code":2}`},
		{"unknown scheme", "Basic abc", 400, `{"error":"invalid_header","error_description":"Invalid 'Authorization' header","error_code":1}`},
		{"no value", "Bearer", 400, `"error":"invalid_header"`},
		{"malformed key", "NJ nocolon", 400, `"error":"invalid_header"`},
		{"unknown token", "Bearer nope", 401, `"error":"invalid_token"`},
		{"unknown key", "NJ OTHER:abc=", 401, `{"error":"not_authenticated","error_description":"Invalid credentials","error_code":10}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/v2/organizations", "/api/v2/alerts", "/v2/no/such/path"} {
				header := http.Header{"X-Nj-Date": {n.clock.Now().Format(http.TimeFormat)}}
				if test.authorization != "" {
					header.Set("Authorization", test.authorization)
				}
				got := n.do(http.MethodGet, path, "", header)
				require.Equal(t, test.status, got.status, got.body)
				require.Contains(t, got.body, test.body)
				require.NotEmpty(t, got.header.Get("X-Nj-Request-Id"))
			}
		})
	}
}

// Tokens end when they expire or are revoked (ninjaone.md 2.1).
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	n := newTenant(t, ninjaone.Options{TokenLifetime: time.Minute})
	n.logIn("")
	require.Equal(t, 200, n.call(http.MethodGet, "/v2/organizations", "").status)
	n.clock.advance(59 * time.Second)
	require.Equal(t, 200, n.call(http.MethodGet, "/v2/organizations", "").status)
	n.clock.advance(time.Second)
	got := n.call(http.MethodGet, "/v2/organizations", "")
	require.Equal(t, 401, got.status)
	require.Contains(t, got.body, "expired_token")

	n.logIn("")
	n.act("tokens/revoke", "")
	got = n.call(http.MethodGet, "/v2/organizations", "")
	require.Equal(t, 401, got.status)
	require.Contains(t, got.body, "invalid_token")
}

// A fault expires the token between two pages (ninjaone.md 10).
func TestTokenExpiresWhilePaging(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	require.Len(t, n.rows("/v2/devices?pageSize=100"), 100)
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "token-expired", Path: "/devices", Count: 1}))
	require.Equal(t, 401, n.call(http.MethodGet, "/v2/devices?pageSize=100&after=200", "").status)
	require.Equal(t, 401, n.call(http.MethodGet, "/v2/devices?pageSize=100&after=200", "").status, "the token stays expired")
	n.logIn("")
	require.NotEmpty(t, n.rows("/v2/devices?pageSize=100&after=200"))
}

// GET needs the scope monitoring, a reset needs management (ninjaone.md 10).
func TestScopes(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	alert := n.Snapshot().Alerts[0].UID
	n.logIn("management")
	require.Equal(t, 403, n.call(http.MethodGet, "/v2/alerts", "").status)
	n.logIn("monitoring")
	require.Equal(t, 200, n.call(http.MethodGet, "/v2/alerts", "").status)
	require.Equal(t, 403, n.call(http.MethodDelete, "/v2/alert/"+alert, "").status)
	require.Equal(t, 403, n.call(http.MethodPost, "/v2/alert/"+alert+"/reset", "{}").status)
	require.Len(t, n.Snapshot().Alerts, 8, "a refused reset has no effect")
	n.logIn("monitoring management")
	require.Equal(t, 204, n.call(http.MethodDelete, "/v2/alert/"+alert, "").status)
}

// tenantWithKey starts a tenant with the time and the key of the vendor's published example (ninjaone.md 2.2.3).
func tenantWithKey(t *testing.T, switches ninjaone.Switches) *tenant {
	t.Helper()
	clock := &clock{now: time.Date(2016, 5, 1, 6, 51, 10, 0, time.UTC)}
	n := newTenant(t, ninjaone.Options{
		AccessKeyID: "TF4STGMDR4H7AEXAMPLE", SecretAccessKey: "eh14c4ngchhu6283he03j6o7ar2fcuca0example",
		Organizations: 2, Devices: 10, Now: clock.Now, Switches: switches,
	})
	n.clock = clock
	return n
}

const exampleDate = "Sun, 01 May 2016 06:51:10 GMT"

func signed(signature, dateHeader, date string) http.Header {
	return http.Header{"Authorization": {"NJ TF4STGMDR4H7AEXAMPLE:" + signature}, dateHeader: {date}}
}

// Every test vector is accepted with both date headers; the query is not signed (ninjaone.md 2.2.3).
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body, signature string
		status                              int
	}{
		{"published example", "GET", "/v1/customers", "", "rEZWuXR0X1wX3autLTHIl2zX98I=", 200},
		{"v1 devices", "GET", "/v1/devices", "", "714SabSzeV2NYdeXJj7J9IKL3Lw=", 200},
		{"v1 alerts since", "GET", "/v1/alerts/since/1041", "", "7P89Ubs43Y6pX/3OfPWkBJ5MGvs=", 200},
		{"v1 reset of an unknown alert", "DELETE", "/v1/alerts/1042", "", "UN8791wgduZQjzBgHahCjlXyBLE=", 404},
		{"v2 organizations with a query", "GET", "/v2/organizations?pageSize=5&after=1", "", "7R1xhb41S4XTrJWNkeIKG+4EDAo=", 200},
		{"v2 alerts", "GET", "/v2/alerts", "", "2xF5tc0ew3IMFVYEmGsmPyo5lII=", 200},
		{"v2 delete", "DELETE", "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc", "", "j+KZNzk4F0MdrHrf4y8Argnj4co=", 404},
		{"v2 reset with a body", "POST", "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc/reset", "{}", "yXy0gIoXLFG1XuXnSCPCDxQTY30=", 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := tenantWithKey(t, ninjaone.Switches{})
			for _, dateHeader := range []string{"Date", "X-Nj-Date"} {
				header := signed(test.signature, dateHeader, exampleDate)
				if test.body != "" {
					header.Set("Content-Type", "application/json")
				}
				got := n.do(test.method, test.path, test.body, header)
				require.Equal(t, test.status, got.status, got.body)
			}
			got := n.do(test.method, test.path, test.body, signed("AAAA"+test.signature[4:], "Date", exampleDate))
			require.Equal(t, http.StatusUnauthorized, got.status, "another signature must be rejected")
		})
	}
}

func TestSignatureRules(t *testing.T) {
	t.Parallel()
	const organizations = "7R1xhb41S4XTrJWNkeIKG+4EDAo="
	tests := []struct {
		name    string
		header  http.Header
		advance time.Duration
		status  int
		body    string
	}{
		{"14 minutes late", signed(organizations, "Date", exampleDate), 14 * time.Minute, 200, ""},
		{"16 minutes late", signed(organizations, "Date", exampleDate), 16 * time.Minute, 403, "skewed_time"},
		{"16 minutes early", signed(organizations, "Date", exampleDate), -16 * time.Minute, 403, "skewed_time"},
		{"no date", http.Header{"Authorization": {"NJ TF4STGMDR4H7AEXAMPLE:" + organizations}}, 0, 400, "missing_header"},
		{"malformed date", signed(organizations, "Date", "yesterday"), 0, 400, "invalid_header"},
		{"x-nj-date wins", http.Header{"Authorization": {"NJ TF4STGMDR4H7AEXAMPLE:" + organizations}, "Date": {"Mon, 02 May 2016 06:51:10 GMT"}, "X-Nj-Date": {exampleDate}}, 0, 200, ""},
		{"another request's signature", signed("2xF5tc0ew3IMFVYEmGsmPyo5lII=", "Date", exampleDate), 0, 401, "not_authenticated"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := tenantWithKey(t, ninjaone.Switches{})
			n.clock.advance(test.advance)
			got := n.do(http.MethodGet, "/v2/organizations", "", test.header)
			require.Equal(t, test.status, got.status, got.body)
			require.Contains(t, got.body, test.body)
		})
	}
}

// A switch rejects the key pair on v2; v1 accepts nothing else (ninjaone.md 2.2.4).
func TestWhereTheKeyPairIsAccepted(t *testing.T) {
	t.Parallel()
	n := tenantWithKey(t, ninjaone.Switches{NoKeyOnV2: true})
	require.Equal(t, 401, n.do("GET", "/v2/organizations", "", signed("7R1xhb41S4XTrJWNkeIKG+4EDAo=", "Date", exampleDate)).status)
	require.Equal(t, 200, n.do("GET", "/v1/customers", "", signed("rEZWuXR0X1wX3autLTHIl2zX98I=", "Date", exampleDate)).status)
	n.logIn("")
	require.Equal(t, 401, n.call("GET", "/v1/customers", "").status)
}
