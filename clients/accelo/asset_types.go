package accelo

import "context"

const assetTypeFields = "title"

// AssetType is a kind of asset (accelo.md 8.3).
type AssetType struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
}

func (t AssetType) key() ID { return t.ID }

// AssetField defines a custom field of an asset type (accelo.md 8.5).
type AssetField struct {
	ID   ID     `json:"id"`
	Name string `json:"field_name"`
	// Type is one of the field types of accelo.md 8.5, such as "text" or "date_time".
	Type string `json:"field_type"`
	// LinkTypeID is the asset type that has the field.
	LinkTypeID ID   `json:"link_type_id"`
	Archived   Flag `json:"archived"`
}

func (f AssetField) key() ID { return f.ID }

// AssetTypes returns the deployment's asset types.
func (c *Client) AssetTypes(ctx context.Context) ([]AssetType, error) {
	return numberedPages[AssetType](ctx, c, "AssetTypes", "/assets/types", query{fields: assetTypeFields})
}

// CreateAssetType creates an asset type whose assets have an affiliation. The call is undocumented: if IsUnsupported is true,
// a user must create the type in Accelo.
func (c *Client) CreateAssetType(ctx context.Context, title string) (AssetType, error) {
	const operation = "CreateAssetType"
	if title == "" {
		return AssetType{}, invalid(operation, "asset type: it needs a title")
	}
	return create[AssetType](ctx, c, operation, "/assets/types", form{"title": title, "has_affiliation": "1", "_fields": assetTypeFields})
}

// AssetFields returns the custom fields of an asset type.
func (c *Client) AssetFields(ctx context.Context, typeID ID) ([]AssetField, error) {
	all, err := numberedPages[AssetField](ctx, c, "AssetFields", "/assets/extensions/fields", query{fields: "_ALL"})
	if err != nil {
		return nil, err
	}
	// The call has no filters (accelo.md 8.5).
	var fields []AssetField
	for _, field := range all {
		if field.LinkTypeID == typeID {
			fields = append(fields, field)
		}
	}
	return fields, nil
}

// CreateAssetField adds a custom field to an asset type. The call is undocumented: if IsUnsupported is true, a user must
// create the field in Accelo.
func (c *Client) CreateAssetField(ctx context.Context, typeID ID, name, fieldType string) (AssetField, error) {
	const operation = "CreateAssetField"
	if typeID <= 0 || name == "" || !enumerated.MatchString(fieldType) {
		return AssetField{}, invalid(operation, "asset field: it needs an asset type, a name and a field type")
	}
	return create[AssetField](ctx, c, operation, "/assets/extensions/fields", form{
		"field_name": name, "field_type": fieldType, "link_type_id": typeID.String(), "_fields": "_ALL",
	})
}
