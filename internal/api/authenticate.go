package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

const challenge = `Bearer realm="ninjaone-accelo"`

type actorKey struct{}

func actorFrom(ctx context.Context) operate.Actor {
	actor, _ := ctx.Value(actorKey{}).(operate.Actor)
	return actor
}

// authenticate lets only requests with the admin token or an API token through, and says on whose behalf they run. Every token may read.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	ctx.SetHeader("Cache-Control", "no-store")
	ctx.SetHeader("X-Content-Type-Options", "nosniff")
	scheme, given, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		ctx.SetHeader("WWW-Authenticate", challenge)
		a.refuse(ctx, http.StatusUnauthorized, "authentication required: send Authorization: Bearer TOKEN")
		return
	}
	actor, err := a.actor(ctx.Context(), strings.TrimSpace(given))
	switch {
	case errors.Is(err, store.ErrNotFound):
		ctx.SetHeader("WWW-Authenticate", challenge+`, error="invalid_token"`)
		a.refuse(ctx, http.StatusUnauthorized, "the token is unknown, deleted or expired")
	case err != nil:
		a.logger.ErrorContext(ctx.Context(), "cannot check an API token", "error", err)
		ctx.SetHeader("Retry-After", retryAfter)
		a.refuse(ctx, http.StatusServiceUnavailable, databaseUnavailable)
	case !isText(ctx.URL()):
		a.refuse(ctx, http.StatusNotFound, "nothing has a name with such characters")
	default:
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}

// isText reports whether a URL names only what the database could hold: valid UTF-8 without NUL.
func isText(address url.URL) bool {
	valid := func(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
	for _, values := range address.Query() {
		if !valid(strings.Join(values, "")) {
			return false
		}
	}
	return valid(address.Path)
}

// actor returns who a token stands for. Comparing hashes takes the same time for every input, whatever its length.
func (a *API) actor(ctx context.Context, token string) (operate.Actor, error) {
	hash := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(hash[:], a.admin[:]) == 1 {
		return operate.Actor{Name: "the admin token", Surface: "API", Role: operate.Administrator}, nil
	}
	return a.operator.TokenActor(ctx, token)
}

func (a *API) refuse(ctx huma.Context, status int, detail string) {
	if err := huma.WriteErr(a.huma, ctx, status, detail); err != nil {
		a.logger.DebugContext(ctx.Context(), "cannot answer a request", "error", err)
	}
}
