package accelo

import "context"

// AssetLink links an asset to an object (accelo.md 8.4).
type AssetLink struct {
	ID      ID `json:"asset_link_id"`
	AssetID ID `json:"asset_id"`
}

func (l AssetLink) key() ID { return l.ID }

// AssetLinks returns the links between assets and an object of type "issue", "job", "prospect" or "contract", or "request"
// if the deployment supports it.
func (c *Client) AssetLinks(ctx context.Context, objectType string, objectID ID) ([]AssetLink, error) {
	const operation = "AssetLinks"
	q := query{filters: where().object("linked_object", objectType, objectID)}
	return collectPages(c, operation, q, func(q query) ([]AssetLink, int, error) {
		return readWrappedPage[AssetLink](ctx, c, operation, "/assets/links", "asset_links", q)
	})
}

// CreateAssetLink links an asset to an object. Links to requests are undocumented: if a deployment has none,
// IsInvalidRequest is true.
func (c *Client) CreateAssetLink(ctx context.Context, assetID ID, objectType string, objectID ID, description string) (AssetLink, error) {
	const operation = "CreateAssetLink"
	if assetID <= 0 || objectID <= 0 || !enumerated.MatchString(objectType) {
		return AssetLink{}, invalid(operation, "link: it needs an asset and an object")
	}
	f := form{"linked_object_type": objectType, "linked_object_id": objectID.String()}
	if description != "" {
		f["description"] = description
	}
	return create[AssetLink](ctx, c, operation, "/assets/"+assetID.String()+"/links", f)
}
