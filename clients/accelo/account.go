package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// TokenInfo describes the token in use and so the user that the service application runs as (contract accelo 2.11).
type TokenInfo struct {
	StaffID    ID     `json:"staff_id"`
	FirstName  string `json:"firstname"`
	Surname    string `json:"surname"`
	Email      string `json:"email"`
	Deployment string `json:"deployment"`
	Expires    Time   `json:"expiry_date"`
	Locale     Locale `json:"locale"`
}

// Locale is the part of a user's locale that matters here.
type Locale struct {
	// Timezone is a name like "Australia/Sydney", empty where it is not told.
	Timezone string `json:"timezone"`
}

// UnmarshalJSON takes the zone where there is one: the rest of a locale is documented by example only.
func (l *Locale) UnmarshalJSON(data []byte) error {
	*l = Locale{}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) == nil {
		// Not a string: then the zone stays unknown.
		_ = json.Unmarshal(fields["timezone"], &l.Timezone)
	}
	return nil
}

// User is the staff member that the token acts as, with the deployment's words for its objects (contract accelo 11).
type User struct {
	ID        ID     `json:"id"`
	FirstName string `json:"firstname"`
	Surname   string `json:"surname"`
	Email     string `json:"email"`
	Standing  string `json:"standing"`
	// Titles maps an object type ("request", "issue") to what this deployment calls it.
	Titles Titles `json:"user_titles"`
}

// Title is what a deployment calls a type of object.
type Title struct {
	Singular string `json:"singular"`
	Plural   string `json:"plural"`
}

// Titles are a deployment's words by object type.
type Titles map[string]Title

// UnmarshalJSON takes the words that are there: what else may stand in their place is not documented.
func (t *Titles) UnmarshalJSON(data []byte) error {
	*t = Titles{}
	var objects map[string]json.RawMessage
	_ = json.Unmarshal(data, &objects) // not a map: then nothing is known
	for object, words := range objects {
		var title Title
		if json.Unmarshal(words, &title) == nil && title.Singular != "" && title.Plural != "" {
			(*t)[object] = title
		}
	}
	return nil
}

// CheckDeployment asks without a token whether a deployment answers at the base URL, before any credential is tried
// (contract accelo 1). It returns ErrUnknownDeployment when Accelo says there is none.
func (c *Client) CheckDeployment(ctx context.Context) error {
	_, err := c.do(ctx, call{operation: "CheckDeployment", method: http.MethodGet, path: "/tokeninfo", anonymous: true})
	var api *APIError
	if !errors.As(err, &api) {
		return err
	}
	switch {
	case IsUnauthorized(err):
		return nil // a deployment that exists refuses a call without a token
	case IsInvalidRequest(err) && strings.Contains(strings.ToLower(api.Message), "was not found"),
		api.StatusCode == http.StatusInternalServerError && !api.unread:
		return fmt.Errorf("%w: %w", ErrUnknownDeployment, err)
	default:
		return err
	}
}

// TokenInfo is the cheapest call that needs a valid token, whatever its scope.
func (c *Client) TokenInfo(ctx context.Context) (TokenInfo, error) {
	return readObject[TokenInfo](ctx, c, "TokenInfo", "/tokeninfo", query{})
}

// User reads the staff member that the token acts as.
func (c *Client) User(ctx context.Context) (User, error) {
	return readObject[User](ctx, c, "User", "/user", query{fields: "email,standing,user_titles"})
}
