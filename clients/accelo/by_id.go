package accelo

import "context"

// AssetsByID reads those of the assets that exist, in order of id, in pages of 100: what is missing is gone.
func (c *Client) AssetsByID(ctx context.Context, ids []ID) ([]Asset, error) {
	return listByID[Asset](ctx, c, "AssetsByID", "/assets", assetFields, ids)
}

// AffiliationsByID reads those of the affiliations that exist, a hundred a call and in no certain order: Accelo does not order
// them by id (contract accelo 6.2). Each has the company and the contact that it belongs to now (contract accelo 5.6).
func (c *Client) AffiliationsByID(ctx context.Context, ids []ID) ([]Affiliation, error) {
	var all []Affiliation
	for _, chunk := range chunksOfIDs(ids) {
		q := query{fields: affiliationFields, limit: pageSize, filters: where().ids("id", chunk...)}
		found, err := readList[Affiliation](ctx, c, "AffiliationsByID", "/affiliations", q)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
