package ninjaone

import "context"

// Policy is a set of conditions and settings for devices (ninjaone.md 4.5).
type Policy struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// Policies returns all policies. The list is not paged.
func (c *Client) Policies(ctx context.Context) ([]Policy, error) {
	return readList[Policy](ctx, c, apiCall{operation: "policies", path: "/v2/policies"}, nil)
}
