package ninjaone

import (
	"context"
	"fmt"
	"iter"
	"strconv"
)

// Organization is a customer of the tenant (contract ninjaone 3). Policies and Settings come with detailed calls only.
type Organization struct {
	ID               int                   `json:"id"`
	Name             string                `json:"name"`
	Description      string                `json:"description,omitempty"`
	NodeApprovalMode string                `json:"nodeApprovalMode,omitempty"`
	Policies         []PolicyAssignment    `json:"policies,omitempty"`
	Settings         *OrganizationSettings `json:"settings,omitempty"`
}

// PolicyAssignment is the policy that an organization gives to the devices of a role.
type PolicyAssignment struct {
	NodeRoleID int `json:"nodeRoleId"`
	PolicyID   int `json:"policyId"`
}

// OrganizationSettings tells which product features are on. A nil feature was not mentioned.
type OrganizationSettings struct {
	TeamViewer *Feature `json:"teamviewer,omitempty"`
}

// Feature is the state of one product feature.
type Feature struct {
	Product string `json:"product,omitempty"`
	Enabled bool   `json:"enabled"`
	// Targets are the node classes the feature is meant for; what an empty list means, the contract leaves open.
	Targets []string `json:"targets,omitempty"`
}

func organizationID(o Organization) int { return o.ID }

func organizationsRequest() request {
	return request{operation: "organizations", path: "/v2/organizations"}
}

// Organizations yields whole pages in ascending id, beginning after the given id (0: from the start). After an error is
// yielded the iteration ends.
func (c *Client) Organizations(ctx context.Context, after int) iter.Seq2[[]Organization, error] {
	return keyset(ctx, c, organizationsRequest(), nil, after, organizationID)
}

// OrganizationsDetailed is Organizations with policies and settings.
func (c *Client) OrganizationsDetailed(ctx context.Context, after int) iter.Seq2[[]Organization, error] {
	r := request{operation: "organizations_detailed", path: "/v2/organizations-detailed"}
	return keyset(ctx, c, r, nil, after, organizationID)
}

// Organization fetches one organization in detail. An unknown id answers to IsNotFound.
func (c *Client) Organization(ctx context.Context, id int) (Organization, error) {
	return single(ctx, c, "organization", "/v2/organization/", id, organizationID)
}

// single fetches one record and makes sure that the answer is about it.
func single[T any](ctx context.Context, c *Client, operation, path string, id int, idOf func(T) int) (T, error) {
	var record, none T
	if err := checkID(operation, id); err != nil {
		return none, err
	}
	r := request{operation: operation, path: path + strconv.Itoa(id), single: true}
	if err := c.do(ctx, r, &record); err != nil {
		return none, err
	}
	if got := idOf(record); got != id {
		return none, r.unusable(fmt.Errorf("it is about id %d", got))
	}
	return record, nil
}

func checkID(operation string, id int) error {
	if id <= 0 {
		return fmt.Errorf("ninjaone %s: %w id %d", operation, ErrInvalid, id)
	}
	return nil
}
