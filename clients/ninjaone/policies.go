package ninjaone

import "context"

// Policy is a set of conditions and settings for devices (contract ninjaone 4.5).
type Policy struct {
	ID               int       `json:"id"`
	ParentPolicyID   int       `json:"parentPolicyId,omitempty"`
	Name             string    `json:"name"`
	Description      string    `json:"description,omitempty"`
	NodeClass        string    `json:"nodeClass,omitempty"`
	NodeClassDefault bool      `json:"nodeClassDefault,omitempty"`
	Updated          Timestamp `json:"updated,omitzero"`
}

// Role is a node role, built in or custom (contract ninjaone 4.5).
type Role struct {
	ID          int       `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	NodeClass   string    `json:"nodeClass,omitempty"`
	Custom      bool      `json:"custom,omitempty"`
	ChassisType string    `json:"chassisType,omitempty"`
	Created     Timestamp `json:"created,omitzero"`
}

// Policies fetches all policies; the list is not paged.
func (c *Client) Policies(ctx context.Context) ([]Policy, error) {
	return list[Policy](ctx, c, request{operation: "policies", path: "/v2/policies"}, nil)
}

// Roles fetches all node roles; the list is not paged.
func (c *Client) Roles(ctx context.Context) ([]Role, error) {
	return list[Role](ctx, c, request{operation: "roles", path: "/v2/roles"}, nil)
}
