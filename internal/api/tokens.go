package api

import (
	"context"
	"net/http"
	"time"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

func (a *API) registerTokens() {
	const tag = "Tokens"
	register(a, operation(http.MethodGet, "/api/v1/tokens", "List API tokens", tag, 0), a.tokens)
	register(a, operation(http.MethodPost, "/api/v1/tokens", "Create an API token; it is shown once", tag, http.StatusCreated), a.createToken)
	register(a, operation(http.MethodDelete, "/api/v1/tokens/{id}", "Delete an API token", tag, http.StatusNoContent), a.deleteToken)
}

func (a *API) tokens(ctx context.Context, actor operate.Actor, _ *struct{}) (*response[list[store.Token]], error) {
	tokens, err := a.operator.Tokens(ctx, actor)
	if tokens == nil {
		tokens = []store.Token{}
	}
	return respond(list[store.Token]{Items: tokens}), err
}

// createdToken is the only answer that holds a token.
type createdToken struct {
	store.Token
	Secret string `json:"token" doc:"What to send as bearer token. It can't be shown again."`
}

func (a *API) createToken(ctx context.Context, actor operate.Actor, in *struct {
	Body struct {
		Name      string     `json:"name"`
		Role      string     `json:"role" doc:"viewer, operator or administrator."`
		ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When it stops working; never by default."`
	}
},
) (*response[createdToken], error) {
	role, err := operate.ParseRole(in.Body.Role)
	if err != nil {
		return nil, err
	}
	created, err := a.operator.CreateToken(ctx, actor, operate.NewToken{Name: in.Body.Name, Role: role, ExpiresAt: in.Body.ExpiresAt})
	return respond(createdToken{Token: created.Token, Secret: created.Secret}), err
}

func (a *API) deleteToken(ctx context.Context, actor operate.Actor, in *struct {
	ID string `path:"id" maxLength:"100"`
},
) (*struct{}, error) {
	return nil, a.operator.DeleteToken(ctx, actor, in.ID)
}
