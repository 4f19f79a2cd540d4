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
	// Access maps an object type to what the user may do with it: "view", "add", "manages", "admin", "dashboard".
	Access Access `json:"user_access"`
}

// Title is what a deployment calls a type of object.
type Title struct {
	Singular string `json:"singular"`
	Plural   string `json:"plural"`
}

// Titles are a deployment's words by object type.
type Titles map[string]Title

// UnmarshalJSON reads the map, or the empty list that may stand for an empty one.
func (t *Titles) UnmarshalJSON(data []byte) error {
	return unlessEmpty(data, (*map[string]Title)(t))
}

// Access are permissions by object type.
type Access map[string]map[string]Flag

// UnmarshalJSON reads the map, or the empty list that may stand for an empty one.
func (a *Access) UnmarshalJSON(data []byte) error {
	return unlessEmpty(data, (*map[string]map[string]Flag)(a))
}

// unlessEmpty decodes a map that may be written as an empty list when there is nothing in it.
func unlessEmpty(data []byte, into any) error {
	if isEmpty(data) {
		return nil
	}
	return json.Unmarshal(data, into)
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
		api.HTTPStatus == http.StatusInternalServerError && !api.unread:
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
	return readObject[User](ctx, c, "User", "/user", query{fields: "email,standing,user_titles,user_access"})
}
