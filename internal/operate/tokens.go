package operate

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// tokenPrefix makes a token recognizable for scanners of leaked secrets.
const tokenPrefix = "nja_"

// maxTokenName is the longest name of a token, in characters.
const maxTokenName = 100

// NewToken describes an API token.
type NewToken struct {
	Name string
	Role Role
	// ExpiresAt is when the token stops working; nil means never.
	ExpiresAt *time.Time
}

// CreatedToken is a new token. Secret is what a client sends: it is shown once and stored nowhere.
type CreatedToken struct {
	store.Token
	Secret string
}

// CreateToken creates a token of the API.
func (o *Operator) CreateToken(ctx context.Context, actor Actor, in NewToken) (CreatedToken, error) {
	if err := actor.require(Administrator); err != nil {
		return CreatedToken{}, err
	}
	name := rules.CleanName(in.Name)
	switch {
	case name == "" || len([]rune(name)) > maxTokenName:
		return CreatedToken{}, &InvalidError{Member: "name", Reason: fmt.Sprintf("name the token, with at most %d characters", maxTokenName)}
	case in.Role.String() == "":
		return CreatedToken{}, &InvalidError{Member: "role", Reason: "use the role viewer, operator or administrator"}
	case in.ExpiresAt != nil && !in.ExpiresAt.After(time.Now()):
		return CreatedToken{}, &InvalidError{Member: "expires_at", Reason: "expires_at must be in the future"}
	}
	random := make([]byte, sha256.Size)
	if _, err := rand.Read(random); err != nil {
		return CreatedToken{}, fmt.Errorf("create a token: %w", err)
	}
	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(random)
	created, err := o.store.CreateToken(audited(ctx, actor, "", "create token"), store.Token{
		ID: uuid.NewString(), Name: name, Role: in.Role.String(), CreatedBy: actor.String(), ExpiresAt: in.ExpiresAt,
	}, hashOf(secret))
	return CreatedToken{Token: created, Secret: secret}, err
}

// Tokens returns the API tokens, without their secrets.
func (o *Operator) Tokens(ctx context.Context, actor Actor) ([]store.Token, error) {
	if err := actor.require(Administrator); err != nil {
		return nil, err
	}
	return o.store.Tokens(ctx)
}

// DeleteToken deletes a token, which stops working at once.
func (o *Operator) DeleteToken(ctx context.Context, actor Actor, id string) error {
	if err := actor.require(Administrator); err != nil {
		return err
	}
	err := o.store.DeleteToken(audited(ctx, actor, "", "delete token"), id)
	if errors.Is(err, store.ErrNotFound) {
		return &NotFoundError{What: "token", Reason: fmt.Sprintf("unknown token %q", id)}
	}
	return err
}

// TokenActor returns the actor that an API token stands for. It returns a *NotFoundError for a token that doesn't work, or no longer.
func (o *Operator) TokenActor(ctx context.Context, secret string) (Actor, error) {
	unknown := &NotFoundError{What: "token", Reason: "the token is unknown, deleted or expired"}
	if !strings.HasPrefix(secret, tokenPrefix) {
		return Actor{}, unknown
	}
	token, err := o.store.UseToken(ctx, hashOf(secret))
	if errors.Is(err, store.ErrNotFound) {
		return Actor{}, unknown
	}
	if err != nil {
		return Actor{}, err
	}
	role, err := ParseRole(token.Role)
	return Actor{Name: "token " + token.Name, Surface: "API", Role: role}, err
}

// hashOf needs no salt: a token is random and long enough that nobody finds it by trying.
func hashOf(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}
