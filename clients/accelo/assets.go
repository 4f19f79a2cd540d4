package accelo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
)

const (
	assetFields = "title,standing,asset_type_id,against_type,against_id,affiliation_id,date_created"

	typeCompany = "company"
)

// Asset is a device in Accelo (contract accelo 8.1).
type Asset struct {
	ID       ID     `json:"id"`
	Title    string `json:"title"`
	Standing string `json:"standing"`
	TypeID   ID     `json:"asset_type_id"`
	// AgainstType and AgainstID are what the asset belongs to.
	AgainstType   string `json:"against_type"`
	AgainstID     ID     `json:"against_id"`
	AffiliationID ID     `json:"affiliation_id"`
	Created       Time   `json:"date_created"`
}

func (a Asset) key() ID { return a.ID }

// CompanyID is the company that the asset belongs to, 0 when it belongs to something else.
func (a Asset) CompanyID() ID {
	if ObjectType(a.AgainstType) == typeCompany {
		return a.AgainstID
	}
	return 0
}

// AssetQuery selects assets; a zero field selects all.
type AssetQuery struct {
	TypeID, CompanyID ID
	// AfterID leaves out assets up to this id.
	AfterID ID
}

// AssetSearch looks for a title among the assets of a type and a company; a zero id means any.
type AssetSearch struct {
	TypeID, CompanyID ID
	Title             string
}

// FieldValue is the value of a custom field as it is sent: unix seconds for dates.
type FieldValue string

// NewAsset is what an asset is made of. Fields holds values by the id of their field; an empty one is left out.
type NewAsset struct {
	Title         string
	TypeID        ID
	CompanyID     ID
	AffiliationID ID
	Fields        map[ID]FieldValue
}

// AssetChange holds what to change; nil stays as it is. Only the title is documented (contract accelo 8.2).
type AssetChange struct {
	Title                    *string
	CompanyID, AffiliationID *ID
}

// Assets walks assets in order of id, in pages of 100. After an error the walk is over. Assets tell no date of
// modification, so there is no incremental form (contract accelo 8.1).
func (c *Client) Assets(ctx context.Context, q AssetQuery) iter.Seq2[[]Asset, error] {
	return ascendingPages[Asset](ctx, c, "Assets", "/assets", query{fields: assetFields, filters: assetFilters(q.TypeID, q.CompanyID)}, q.AfterID)
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

// Asset reads one asset.
func (c *Client) Asset(ctx context.Context, id ID) (Asset, error) {
	return readObject[Asset](ctx, c, "Asset", "/assets/"+id.String(), query{fields: assetFields})
}

// SearchAssets finds the assets of exactly this title as rules.SameName compares, lowest id first. An empty title finds none.
func (c *Client) SearchAssets(ctx context.Context, search AssetSearch) ([]Asset, error) {
	q := query{fields: assetFields, filters: assetFilters(search.TypeID, search.CompanyID)}
	found, err := searchByName(ctx, c, "SearchAssets", "/assets", q, search.Title, func(a Asset) string { return a.Title })
	slices.SortFunc(found, func(a, b Asset) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// CreateAsset makes an active asset of a company, its custom fields included where the deployment takes them in the same
// call. The call is beyond the documentation (accelo-beyond-docs): read AssetValues to see whether the fields took.
func (c *Client) CreateAsset(ctx context.Context, asset NewAsset) (Asset, error) {
	if asset.Title == "" || asset.TypeID <= 0 || asset.CompanyID <= 0 {
		return Asset{}, fmt.Errorf("accelo: CreateAsset: title, type and company are required: %w", ErrInvalid)
	}
	f := form{
		"title": asset.Title, "asset_type_id": asset.TypeID.String(), "standing": StandingActive,
		"against_type": typeCompany, "against_id": asset.CompanyID.String(), "_fields": assetFields,
	}
	f.setSome("affiliation_id", asset.AffiliationID)
	for id, value := range asset.Fields {
		if value != "" {
			f["extension."+id.String()] = string(value)
		}
	}
	return create[Asset](ctx, c, "CreateAsset", "/assets", f)
}

// UpdateAsset changes an asset and returns it as Accelo has it afterwards. Company and affiliation are beyond the
// documentation and may be ignored without an error, so then the asset is read once more: compare.
func (c *Client) UpdateAsset(ctx context.Context, id ID, change AssetChange) (Asset, error) {
	f := form{"_fields": assetFields}
	f.set("title", change.Title)
	f.setID("against_id", change.CompanyID)
	f.setID("affiliation_id", change.AffiliationID)
	if len(f) == 1 {
		return Asset{}, fmt.Errorf("accelo: UpdateAsset: nothing to change: %w", ErrInvalid)
	}
	asset, err := write[Asset](ctx, c, "UpdateAsset", http.MethodPut, "/assets/"+id.String(), f)
	if err != nil || change.CompanyID == nil && change.AffiliationID == nil {
		return asset, err
	}
	return c.Asset(ctx, id)
}

// ProbeCreateAssets finds out whether the deployment can make assets at all, by a call that is invalid twice over (no
// title and type, company 0) and so makes nothing: an unrecognized endpoint is false, any other refusal is true.
func (c *Client) ProbeCreateAssets(ctx context.Context) (bool, error) {
	_, err := c.do(ctx, call{
		operation: "ProbeCreateAssets", method: http.MethodPost, path: "/assets",
		form: form{"against_type": typeCompany, "against_id": "0"},
	})
	var api *APIError
	switch {
	case err == nil:
		return true, errors.New("accelo: ProbeCreateAssets: Accelo accepted an asset without title, type and company: look for it and delete it")
	case IsUnrecognizedEndpoint(err), apiError(err, (*APIError).noSuchRoute):
		return false, nil
	case errors.As(err, &api) && api.StatusCode == http.StatusBadRequest && !api.unread:
		return true, nil
	default:
		return false, err
	}
}
