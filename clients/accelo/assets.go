package accelo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"time"

	"ninjaone-accelo/clients/lenient"
)

const (
	assetFields = "title,standing,asset_type_id,against_type,against_id,affiliation_id"

	typeCompany = "company"
)

// Asset is a device in Accelo (accelo.md 8.1).
type Asset struct {
	ID       ID     `json:"id"`
	Title    string `json:"title"`
	Standing string `json:"standing"`
	TypeID   ID     `json:"asset_type_id"`
	// AgainstType and AgainstID are the object that the asset belongs to.
	AgainstType   string `json:"against_type"`
	AgainstID     ID     `json:"against_id"`
	AffiliationID ID     `json:"affiliation_id"`
	// WithoutPlace and WithoutAffiliation are set if the answer did not contain what the asset belongs to, or its affiliation: both are
	// unknown then.
	WithoutPlace, WithoutAffiliation bool `json:"-"`
}

func (a Asset) key() ID { return a.ID }

// UnmarshalJSON notes which fields the answer did not contain.
func (a *Asset) UnmarshalJSON(data []byte) error {
	type plain Asset
	if err := lenient.Unmarshal(data, (*plain)(a)); err != nil {
		return err
	}
	a.WithoutPlace = len(absent(data, "against_type", "against_id")) > 0
	a.WithoutAffiliation = len(absent(data, "affiliation_id")) > 0
	return nil
}

// CompanyID returns the company that the asset belongs to, or 0 if it belongs to something else.
func (a Asset) CompanyID() ID {
	if objectType(a.AgainstType) == typeCompany {
		return a.AgainstID
	}
	return 0
}

// AssetQuery selects assets. A zero TypeID or CompanyID selects all.
type AssetQuery struct {
	TypeID, CompanyID ID
	// AfterID skips the assets up to this ID.
	AfterID ID
	// CreatedAfter selects assets created in a later second.
	CreatedAfter time.Time
}

// AssetSearch selects assets by title. A zero TypeID or CompanyID selects all.
type AssetSearch struct {
	TypeID, CompanyID ID
	Title             string
}

// FieldValue is the value of a custom field in the form that Accelo accepts, such as Unix seconds for dates.
type FieldValue string

// NewAsset describes an asset to create. Fields holds values by the ID of their field; empty values are not sent.
type NewAsset struct {
	Title         string
	TypeID        ID
	CompanyID     ID
	AffiliationID ID
	Fields        map[ID]FieldValue
}

// AssetChange holds the fields to change; nil leaves a field unchanged. Only the title is documented (accelo.md 8.2).
type AssetChange struct {
	Title                    *string
	CompanyID, AffiliationID *ID
}

// Assets yields the assets page by page in order of ID. It stops after the first error. Assets have no date of modification,
// so an incremental read is impossible (accelo.md 8.1).
func (c *Client) Assets(ctx context.Context, q AssetQuery) iter.Seq2[[]Asset, error] {
	f := assetFilters(q.TypeID, q.CompanyID)
	if !q.CreatedAfter.IsZero() {
		f.after("date_created", q.CreatedAfter)
	}
	return keysetPages[Asset](ctx, c, "Assets", "/assets", query{fields: assetFields, filters: f}, q.AfterID)
}

func assetFilters(typeID, companyID ID) *filters {
	f := where()
	if typeID != 0 {
		f.ids("type_id", typeID)
	}
	if companyID != 0 {
		f.object("against", typeCompany, companyID)
	}
	return f
}

// Asset returns one asset.
func (c *Client) Asset(ctx context.Context, id ID) (Asset, error) {
	return readObject[Asset](ctx, c, "Asset", "/assets/"+id.String(), query{fields: assetFields})
}

// FindAsset returns an asset, nil if there is none.
func (c *Client) FindAsset(ctx context.Context, id ID) (*Asset, error) {
	return find(ctx, id, c.AssetsByID, c.Asset)
}

// AssetsByID returns the assets with these IDs that exist, in order of ID. That one is missing is a hint, which FindAsset can prove.
func (c *Client) AssetsByID(ctx context.Context, ids []ID) ([]Asset, error) {
	return readByID[Asset](ctx, c, "AssetsByID", "/assets", assetFields, ids)
}

// SearchAssets returns the assets with exactly this title, as rules.SameName compares names, in order of ID. An empty title
// finds none.
func (c *Client) SearchAssets(ctx context.Context, search AssetSearch) ([]Asset, error) {
	q := query{fields: assetFields, filters: assetFilters(search.TypeID, search.CompanyID)}
	found, _, err := searchByName(ctx, c, "SearchAssets", "/assets", q, search.Title, func(a Asset) string { return a.Title })
	slices.SortFunc(found, func(a, b Asset) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// CreateAsset creates an active asset with its custom fields. The call is undocumented, and a deployment may ignore the
// fields: check them with AssetValues.
func (c *Client) CreateAsset(ctx context.Context, asset NewAsset) (Asset, error) {
	const operation = "CreateAsset"
	if asset.Title == "" || asset.TypeID <= 0 || asset.CompanyID <= 0 {
		return Asset{}, invalid(operation, "asset: it needs a title, a type and a company")
	}
	f := form{
		"title": asset.Title, "asset_type_id": asset.TypeID.String(), "standing": StandingActive,
		"against_type": typeCompany, "against_id": asset.CompanyID.String(), "_fields": assetFields,
	}
	f.setNonZeroID("affiliation_id", asset.AffiliationID)
	for id, value := range asset.Fields {
		if value != "" {
			f["extension."+id.String()] = string(value)
		}
	}
	return create[Asset](ctx, c, operation, "/assets", f)
}

// UpdateAsset changes an asset and returns its new state. Changing the company or the affiliation is undocumented and may be
// ignored without an error: compare the result, which is then read again.
func (c *Client) UpdateAsset(ctx context.Context, id ID, change AssetChange) (Asset, error) {
	const operation = "UpdateAsset"
	f := form{"_fields": assetFields}
	f.setText("title", change.Title)
	f.setID("against_id", change.CompanyID)
	f.setID("affiliation_id", change.AffiliationID)
	if len(f) == 1 {
		return Asset{}, invalid(operation, "change: it is empty")
	}
	asset, err := write[Asset](ctx, c, operation, http.MethodPut, "/assets/"+id.String(), f)
	if err != nil || change.CompanyID == nil && change.AffiliationID == nil {
		return asset, err
	}
	return c.Asset(ctx, id)
}

// ProbeCreateAssets reports whether the deployment can create assets. It sends a call that creates nothing, because it has no
// title, no type, and the company 0: an unrecognized endpoint means no, and so does a missing permission if the token may write at all; any other
// rejection means yes.
func (c *Client) ProbeCreateAssets(ctx context.Context) (bool, error) {
	const operation = "ProbeCreateAssets"
	_, err := c.do(ctx, apiCall{
		operation: operation, method: http.MethodPost, path: "/assets", form: form{"against_type": typeCompany, "against_id": "0"},
	})
	var api *APIError
	switch {
	case err == nil:
		return true, fmt.Errorf("accelo: %s: Accelo created an asset without a title, type and company: find it and delete it", operation)
	case IsUnrecognizedEndpoint(err), isAPIError(err, (*APIError).noSuchEndpoint):
		return false, nil
	case IsForbidden(err): // an unknown call may be answered like a forbidden one
		if mayWrite, probeErr := c.mayWrite(ctx); probeErr != nil || mayWrite {
			return false, probeErr
		}
		return false, err
	case errors.As(err, &api) && !api.unreadable && (api.StatusCode == http.StatusBadRequest || IsInvalidRequest(err)):
		return true, nil
	default:
		return false, err
	}
}

// mayWrite reports whether the token and its user may write at all: they may if a write to a request that can't exist is refused for another
// reason.
func (c *Client) mayWrite(ctx context.Context) (bool, error) {
	_, err := c.do(ctx, apiCall{
		operation: "ProbeWrite", method: http.MethodPut, path: "/requests/0", form: form{"standing": StandingClosed, "_fields": requestFields},
	})
	switch {
	case IsForbidden(err):
		return false, nil
	case err == nil, IsInvalidRequest(err):
		return true, nil
	}
	return false, err
}
