package accelo

import (
	"context"
	"fmt"
)

// AssetLink ties an asset to a piece of work (contract accelo 8.4).
type AssetLink struct {
	ID          ID     `json:"asset_link_id"`
	AssetID     ID     `json:"asset_id"`
	ObjectType  string `json:"linked_object_type"`
	ObjectID    ID     `json:"linked_object_id"`
	ObjectTitle string `json:"linked_object_title"`
	Description string `json:"description"`
	Start       Time   `json:"start_date"`
	End         Time   `json:"end_date"`
}

func (l AssetLink) key() ID { return l.ID }

// AssetLinks lists the assets linked to an object: "issue", "job", "prospect", "contract", or "request" where the
// deployment can link those.
func (c *Client) AssetLinks(ctx context.Context, objType string, objID ID) ([]AssetLink, error) {
	const operation = "AssetLinks"
	q := query{filters: where().object("linked_object", objType, objID)}
	return everyPage(operation, q, func(q query) ([]AssetLink, error) {
		return readWrapped[AssetLink](ctx, c, operation, "/assets/links", "asset_links", q)
	})
}

// CreateAssetLink links an asset to an object. Requests are beyond the documentation (accelo-beyond-docs): where they
// are refused the error is IsInvalidRequest.
func (c *Client) CreateAssetLink(ctx context.Context, assetID ID, objType string, objID ID, description string) (AssetLink, error) {
	if assetID <= 0 || objID <= 0 || !enumerated.MatchString(objType) {
		return AssetLink{}, fmt.Errorf("accelo: CreateAssetLink: asset and object are required: %w", ErrInvalid)
	}
	f := form{"linked_object_type": objType, "linked_object_id": objID.String()}
	if description != "" {
		f["description"] = description
	}
	return create[AssetLink](ctx, c, "CreateAssetLink", "/assets/"+assetID.String()+"/links", f)
}
