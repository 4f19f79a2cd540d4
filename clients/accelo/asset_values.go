package accelo

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"ninjaone-accelo/clients/lenient"
)

const valueFields = "field_id,link_id"

// AssetValue is the value of one custom field of one asset (accelo.md 8.5).
type AssetValue struct {
	ID      ID `json:"id"`
	FieldID ID `json:"field_id"`
	// Value is the text as Accelo stores it: Unix seconds for dates, "one, two" for several choices.
	Value string `json:"value"`
}

// UnmarshalJSON accepts a value of any type, because the documentation leaves open how numbers and choices look.
func (v *AssetValue) UnmarshalJSON(data []byte) error {
	type plain AssetValue
	var read struct {
		plain
		Value text `json:"value"`
	}
	err := lenient.Unmarshal(data, &read)
	*v, v.Value = AssetValue(read.plain), string(read.Value)
	return err
}

func (v AssetValue) key() ID { return v.ID }

// AssetValues returns the custom field values of an asset. A field that was never set has none.
func (c *Client) AssetValues(ctx context.Context, assetID ID) ([]AssetValue, error) {
	return numberedPages[AssetValue](ctx, c, "AssetValues", "/assets/"+assetID.String()+"/extensions/values", query{fields: valueFields})
}

// SetAssetField sets a custom field of an asset for the first time. The documentation says POST in one place and PUT in
// another, so PUT is tried if POST is rejected (accelo.md 8.5).
func (c *Client) SetAssetField(ctx context.Context, assetID ID, field AssetField, value string) (AssetValue, error) {
	const operation = "SetAssetField"
	f, err := valueForm(operation, field.Type, value)
	if err != nil {
		return AssetValue{}, err
	}
	path := fmt.Sprintf("/assets/%d/extensions/fields/%d", assetID, field.ID)
	set, err := write[AssetValue](ctx, c, operation, http.MethodPost, path, f)
	if IsInvalidRequest(err) {
		viaPut, putErr := write[AssetValue](ctx, c, operation, http.MethodPut, path, f)
		// If the deployment has no such PUT, the error of the POST says what is wrong.
		if !IsUnrecognizedEndpoint(putErr) {
			set, err = viaPut, putErr
		}
	}
	if set.FieldID == 0 {
		set.FieldID = field.ID
	}
	return set, err
}

// UpdateAssetValue changes an existing value.
func (c *Client) UpdateAssetValue(ctx context.Context, assetID, valueID ID, fieldType, value string) (AssetValue, error) {
	const operation = "UpdateAssetValue"
	f, err := valueForm(operation, fieldType, value)
	if err != nil {
		return AssetValue{}, err
	}
	return write[AssetValue](ctx, c, operation, http.MethodPut, fmt.Sprintf("/assets/%d/extensions/values/%d", assetID, valueID), f)
}

// valueForm returns the form for a value, whose key depends on the type of its field (accelo.md 8.5).
func valueForm(operation, fieldType, value string) (form, error) {
	key := "value"
	switch fieldType = strings.ToLower(fieldType); fieldType {
	case "int":
		key = "value_int"
	case "date", "date_time", "certify":
		key = "value_date"
	case "contributor":
		key = "value_id"
	case "lookup", "":
		return nil, invalid(operation, "field type %q: its values cannot be written", fieldType)
	}
	return form{key: value, "_fields": valueFields}, nil
}
