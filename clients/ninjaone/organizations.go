package ninjaone

import (
	"context"
	"iter"
)

// Organization is a customer of the tenant (ninjaone.md 3). Only detailed calls return Settings.
type Organization struct {
	ID          int                   `json:"id"`
	Name        string                `json:"name"`
	Description string                `json:"description"`
	Settings    *OrganizationSettings `json:"settings"`
}

func (o Organization) key() int { return o.ID }

// OrganizationSettings holds the product features of an organization. A nil feature means that NinjaOne did not list it.
type OrganizationSettings struct {
	TeamViewer *Feature `json:"teamviewer"`
}

// Feature is the state of one product feature.
type Feature struct {
	Enabled bool `json:"enabled"`
	// Targets are the node classes that the feature is enabled for. What an empty list means is undocumented.
	Targets []string `json:"targets"`
}

// OrganizationQuery selects organizations.
type OrganizationQuery struct {
	// AfterID skips the organizations up to this ID.
	AfterID int
}

func organizationsCall() apiCall {
	return apiCall{operation: "organizations", path: "/v2/organizations"}
}

// Organizations yields the organizations page by page in order of ID, without their settings. It stops after the first
// error.
func (c *Client) Organizations(ctx context.Context, query OrganizationQuery) iter.Seq2[[]Organization, error] {
	return keysetPages[Organization](ctx, c, organizationsCall(), nil, query.AfterID)
}

// OrganizationsDetailed is like Organizations, but returns the settings too.
func (c *Client) OrganizationsDetailed(ctx context.Context, query OrganizationQuery) iter.Seq2[[]Organization, error] {
	call := apiCall{operation: "organizations_detailed", path: "/v2/organizations-detailed"}
	return keysetPages[Organization](ctx, c, call, nil, query.AfterID)
}

// Organization returns one organization in detail. If it does not exist, IsNotFound is true.
func (c *Client) Organization(ctx context.Context, id int) (Organization, error) {
	return readObject[Organization](ctx, c, "organization", "/v2/organization/", id)
}
