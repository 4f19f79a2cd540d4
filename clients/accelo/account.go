package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// TokenInfo describes the access token (accelo.md 2.11).
type TokenInfo struct {
	// Deployment is the label of the deployment.
	Deployment string `json:"deployment"`
}

// UnmarshalJSON reads the label and ignores a value of any other form.
func (t *TokenInfo) UnmarshalJSON(data []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	*t = TokenInfo{}
	_ = json.Unmarshal(object["deployment"], &t.Deployment)
	return nil
}

// User is the staff member that the service application acts as (accelo.md 11).
type User struct {
	// Titles holds the deployment's names for object types, such as "request" and "issue".
	Titles Titles `json:"user_titles"`
}

// Title is a deployment's name for an object type.
type Title struct {
	Singular string `json:"singular"`
	Plural   string `json:"plural"`
}

// Titles holds a deployment's names by object type.
type Titles map[string]Title

// UnmarshalJSON reads every title that has the documented form and ignores anything else.
func (t *Titles) UnmarshalJSON(data []byte) error {
	*t = Titles{}
	var objects map[string]json.RawMessage
	_ = json.Unmarshal(data, &objects) // anything but an object means that there are no titles
	for objectType, value := range objects {
		var title Title
		if json.Unmarshal(value, &title) == nil && title.Singular != "" && title.Plural != "" {
			(*t)[objectType] = title
		}
	}
	return nil
}

// CheckDeployment asks, without credentials, whether there is a deployment at the base URL. It returns ErrUnknownDeployment
// if Accelo says that there is none (accelo.md 1).
func (c *Client) CheckDeployment(ctx context.Context) error {
	_, err := c.do(ctx, apiCall{operation: "CheckDeployment", method: http.MethodGet, path: "/tokeninfo", anonymous: true})
	var api *APIError
	if !errors.As(err, &api) {
		return err
	}
	switch {
	case IsUnauthorized(err), IsForbidden(err):
		return nil // an existing deployment rejects a call without a token
	case IsInvalidRequest(err) && strings.Contains(strings.ToLower(api.Message), "was not found"),
		api.StatusCode == http.StatusInternalServerError && !api.unreadable:
		return fmt.Errorf("%w: %w", ErrUnknownDeployment, err)
	default:
		return err
	}
}

// TokenInfo describes the token. It is the cheapest call that needs a valid token, whatever its scope.
func (c *Client) TokenInfo(ctx context.Context) (TokenInfo, error) {
	return readObject[TokenInfo](ctx, c, "TokenInfo", "/tokeninfo", query{})
}

// Answers reports whether Accelo answers for itself: a nil error, or the reason why not. A token that may not be described is an answer.
func (c *Client) Answers(ctx context.Context) error {
	_, err := c.TokenInfo(ctx)
	if IsForbidden(err) || IsUnsupported(err) || IsUnreadable(err) {
		return nil
	}
	return err
}

// User returns the staff member that the service application acts as.
func (c *Client) User(ctx context.Context) (User, error) {
	return readObject[User](ctx, c, "User", "/user", query{fields: "user_titles"})
}
