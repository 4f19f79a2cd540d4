package ninjaone

import (
	"slices"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// tokens holds everything that OAuth issues.
type tokens struct {
	options Options
	access  *lab.Secrets[grant]
	refresh *lab.Secrets[grant]
	codes   *lab.Secrets[grant]
	// signIns are authorizations that a user has yet to consent to.
	signIns *lab.Secrets[grant]
}

// grant is what an application was, or asks to be, allowed to do.
type grant struct {
	clientID string
	scopes   []string
	// user is the ID of the user who signed in, or 0 for a machine.
	user int
	// redirectURI and state belong to the authorization request.
	redirectURI, state string
	// ends is when its refresh tokens expire.
	ends time.Time
}

func newTokens(options Options) *tokens {
	return &tokens{
		options: options,
		access:  lab.NewSecrets[grant](options.Now), refresh: lab.NewSecrets[grant](options.Now),
		codes: lab.NewSecrets[grant](options.Now), signIns: lab.NewSecrets[grant](options.Now),
	}
}

// issue creates an access token.
func (t *tokens) issue(g grant) string {
	g.scopes = slices.DeleteFunc(slices.Clone(g.scopes), func(scope string) bool { return scope == scopeOffline })
	return t.access.Issue(g, t.options.Now().Add(t.options.TokenLifetime))
}

// check returns what a token allows, or the error to reply with.
func (t *tokens) check(access string) (grant, *gatewayError) {
	g, valid, found := t.access.Get(access)
	switch {
	case valid:
		return g, nil
	case found:
		return grant{}, &errExpiredToken
	default:
		return grant{}, &errInvalidToken
	}
}
