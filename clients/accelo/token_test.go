package accelo_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

const company45 = `{"standing":"active","id":"45","default_affiliation":"12","name":"A Fresh New Company","comments":"…"}`

// The token request is Basic with the plain id, a form, and names its scope (contract accelo 2.2, 2.3).
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies/45", company45)
	_, err := v.client().Company(t.Context(), 45)
	require.NoError(t, err)

	request := v.only("")
	require.Equal(t, http.MethodPost, request.method)
	require.Equal(t, basic(testID, testSecret), request.header.Get("Authorization"))
	require.Equal(t, "application/x-www-form-urlencoded", request.header.Get("Content-Type"))
	require.Empty(t, request.query)
	require.Equal(t, "client_credentials", request.form.Get("grant_type"))
	require.Equal(t, "read(all),write(all)", request.form.Get("scope"))
	require.NotContains(t, request.form, "client_secret")
	require.Equal(t, "Bearer token-1", v.only("/companies/45").header.Get("Authorization"))
}

// expires_in comes as a string or as a number (contract accelo 2.5); the token is kept until a margin before that.
func TestTokenIsKeptUntilAMarginBeforeItExpires(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, expires string
		kept, renewed time.Duration
	}{
		{"a string", `"3600"`, 54 * time.Minute, 55*time.Minute + time.Second},
		{"a number", `3600`, 54 * time.Minute, 55*time.Minute + time.Second},
		{"short lived", `"100"`, 80 * time.Second, 91 * time.Second},
		{"none told", `null`, 23 * time.Hour, 24 * time.Hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v, clock := newVendor(t), newClock()
			v.on("GET /companies/45", company45)
			v.token = grant(1, test.expires)
			client := v.client(withClock(clock))
			call := func() {
				_, err := client.Company(t.Context(), 45)
				require.NoError(t, err)
			}
			call()
			clock.advance(test.kept)
			call()
			require.Len(t, v.requests(""), 1)
			clock.advance(test.renewed - test.kept)
			call()
			require.Len(t, v.requests(""), 2)
		})
	}
}

// However many callers need a token at once, it is asked for once.
func TestTokenIsAskedForOnce(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies/45", company45)
	client := v.client()
	var group sync.WaitGroup
	for range 30 {
		group.Go(func() {
			_, err := client.Company(t.Context(), 45)
			require.NoError(t, err)
		})
	}
	group.Wait()
	require.Len(t, v.requests(""), 1)
}

// A caller who gives up does not take the token request away from the others.
func TestTokenRequestOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies/45", company45)
	asked, release := make(chan struct{}), make(chan struct{})
	v.token = func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		grant(1, `"3600"`)(w, r)
	}
	client := v.client()
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := client.Company(ctx, 45)
		first <- err
	}()
	await(t, asked)
	cancel()
	err := await(t, first)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, accelo.InDoubt(err))
	close(release)
	_, err = client.Company(t.Context(), 45)
	require.NoError(t, err)
	require.Len(t, v.requests(""), 1)
}

// A 401 costs one new token and one more try; the write is sent whole again.
func TestUnauthorizedTakesOneNewToken(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("POST /companies", inTurn(refuse(401, "invalid_client", "The token was revoked."), answer(company45)))
	company, err := v.client().CreateCompany(t.Context(), accelo.NewCompany{Name: "A Fresh New Company"})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(45), company.ID)
	calls := v.requests("/companies")
	require.Len(t, calls, 2)
	require.Equal(t, "Bearer token-1", calls[0].header.Get("Authorization"))
	require.Equal(t, "Bearer token-2", calls[1].header.Get("Authorization"))
	require.Equal(t, calls[0].form, calls[1].form)
	require.Len(t, v.requests(""), 2)
}

// A token that was just made and is refused as well ends it: further calls are answered from memory, longer each time.
func TestUnauthorizedTwiceStops(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	v.handle("GET /companies/45", refuse(401, "invalid_client", "This address is restricted."))
	client := v.client(withClock(clock))
	for _, hold := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
		before := len(v.requests("/companies/45"))
		for range 5 {
			_, err := client.Company(t.Context(), 45)
			require.True(t, accelo.IsUnauthorized(err))
			require.Equal(t, clock.Now().Add(hold), accelo.RetryAt(err))
		}
		require.Len(t, v.requests("/companies/45"), before+2)
		clock.advance(hold)
	}
	v.on("GET /companies/45", company45)
	_, err := client.Company(t.Context(), 45)
	require.NoError(t, err, "it recovers by itself")
}

// Wrong credentials are tried once, remembered for 30 s, then longer, and the message tells what to check.
func TestRefusedCredentialsAreNotTriedAgainAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply http.HandlerFunc
	}{
		{"as RFC 6749", raw(401, `{"error":"invalid_client","error_description":"Unknown client `+testSecret+`"}`)},
		{"as an envelope", refuse(401, "invalid_client", "Unknown client "+testSecret)},
		{"bad scope", raw(400, `{"error":"invalid_scope","error_description":"`+testSecret+`"}`)},
		{"HTML", raw(401, `<html>`+testSecret+`</html>`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v, clock := newVendor(t), newClock()
			v.token = test.reply
			client := v.client(withClock(clock))
			for i, hold := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute} {
				for range 3 {
					_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
					var refused *accelo.TokenError
					require.ErrorAs(t, err, &refused)
					require.Equal(t, clock.Now().Add(hold), refused.Until)
					require.False(t, accelo.InDoubt(err))
					require.False(t, accelo.IsTransient(err))
					require.NotContains(t, err.Error(), testSecret)
				}
				require.Len(t, v.requests(""), i+1)
				clock.advance(hold)
			}
			require.Empty(t, v.requests("/companies"))
		})
	}
}

// An outage of the token endpoint is no refusal: the next call asks again, and nothing is in doubt.
func TestTokenOutageIsNotRemembered(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply http.HandlerFunc
	}{
		{"500", raw(500, `{"meta":{"status":"server_error","message":"oops"}}`)},
		{"502 HTML", raw(502, "<html>Bad Gateway</html>")},
		{"404 HTML", raw(404, "<html>Not Found</html>")},
		{"broken connection", hangUp},
		{"no token", raw(200, `{}`)},
		{"nonsense", raw(200, `<html>`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.on("POST /companies", company45)
			v.token = inTurn(test.reply, grant(2, `"3600"`))
			client := v.client(withClock(newClock()))
			_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
			require.Error(t, err)
			require.True(t, accelo.IsTransient(err), "%v", err)
			require.False(t, accelo.InDoubt(err))
			_, err = client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
			require.NoError(t, err)
		})
	}
}

// A lock-out, at the token endpoint or on a call, silences the client for as long as Retry-After says: each further
// attempt would restart the timer (contract accelo 2.10).
func TestLockOutIsObeyed(t *testing.T) {
	t.Parallel()
	lockout := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "420")
			raw(401, body)(w, r)
		}
	}
	flat := `{"status":"too_many_failed_logins","message":"locked out","more_info":"https://api.accelo.com/docs/#status-codes"}`
	tests := []struct {
		name    string
		atToken http.HandlerFunc
		atCall  http.HandlerFunc
		tokens  int
		calls   int
	}{
		{"token endpoint, envelope", lockout(`{"meta":` + flat + `,"response":null}`), nil, 1, 0},
		{"token endpoint, flat", lockout(flat), nil, 1, 0},
		{"on a call", nil, lockout(`{"meta":` + flat + `,"response":null}`), 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v, clock := newVendor(t), newClock()
			v.token = test.atToken
			if test.atCall != nil {
				v.handle("GET /companies/45", test.atCall)
			}
			client := v.client(withClock(clock))
			until := clock.Now().Add(7 * time.Minute)
			for range 10 {
				_, err := client.Company(t.Context(), 45)
				require.True(t, accelo.IsLockedOut(err))
				require.True(t, accelo.IsTransient(err))
				require.False(t, accelo.IsUnauthorized(err))
				require.Equal(t, until, accelo.RetryAt(err))
				clock.advance(time.Second)
			}
			require.Len(t, v.requests(""), test.tokens)
			require.Len(t, v.requests("/companies/45"), test.calls)

			v.mu.Lock()
			v.token = nil
			v.mu.Unlock()
			v.on("GET /companies/45", company45)
			clock.advance(7 * time.Minute)
			_, err := client.Company(t.Context(), 45)
			require.NoError(t, err)
		})
	}
}

// What is observed of calls and what errors say holds no credential.
func TestObserve(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("POST /companies", inTurn(refuse(400, "invalid_request", "bad token token-1 and "+testSecret), answer(company45)))
	var mu sync.Mutex
	var calls []accelo.Call
	client := v.client(func(o *accelo.Options) {
		o.Observe = func(_ context.Context, call accelo.Call) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
		}
	})
	_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
	require.ErrorContains(t, err, "[redacted]")
	_, err = client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
	require.NoError(t, err)

	mu.Lock()
	defer mu.Unlock()
	require.Len(t, calls, 3)
	require.Equal(t, "Token", calls[0].Operation)
	require.True(t, calls[0].Token)
	require.False(t, calls[0].Write)
	require.Equal(t, "CreateCompany", calls[1].Operation)
	require.True(t, calls[1].Write)
	require.Equal(t, 400, calls[1].StatusCode)
	require.Error(t, calls[1].Err)
	require.Equal(t, 200, calls[2].StatusCode)
	require.NoError(t, calls[2].Err)
	text := fmt.Sprint(calls)
	require.NotContains(t, text, testSecret)
	require.NotContains(t, text, "token-1")
}
