package accelo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const valueFields = "field_id,link_id"

// AssetValue is the value of one custom field of one asset (contract accelo 8.5).
type AssetValue struct {
	ID        ID     `json:"id"`
	FieldID   ID     `json:"field_id"`
	FieldType string `json:"field_type"`
	FieldName string `json:"field_name"`
	// Value is text as Accelo has it: unix seconds for dates, "one, two" for several choices.
	Value string `json:"value"`
}

// UnmarshalJSON takes a value that is no string as it is written: what numbers and choices look like is undocumented.
func (v *AssetValue) UnmarshalJSON(data []byte) error {
	type plain AssetValue
	read := struct {
		*plain
		Value text `json:"value"`
	}{plain: (*plain)(v)}
	err := json.Unmarshal(data, &read)
	v.Value = string(read.Value)
	return err
}

func (v AssetValue) key() ID { return v.ID }

// AssetValues lists the custom field values of an asset; a field that was never set has none.
func (c *Client) AssetValues(ctx context.Context, assetID ID) ([]AssetValue, error) {
	return numberedPages[AssetValue](ctx, c, "AssetValues", "/assets/"+assetID.String()+"/extensions/values", query{fields: valueFields})
}

// SetAssetField gives a custom field of an asset its first value. The documentation heads the call POST and shows PUT:
// the second is tried where the first is refused (contract accelo 8.5).
func (c *Client) SetAssetField(ctx context.Context, assetID ID, field AssetField, value string) (AssetValue, error) {
	const operation = "SetAssetField"
	f, err := valueForm(operation, field.Type, value)
	if err != nil {
		return AssetValue{}, err
	}
	path := fmt.Sprintf("/assets/%d/extensions/fields/%d", assetID, field.ID)
	set, err := write[AssetValue](ctx, c, operation, http.MethodPost, path, f)
	if IsInvalidRequest(err) {
		again, second := write[AssetValue](ctx, c, operation, http.MethodPut, path, f)
		// A deployment that knows no PUT here has said in its first answer what is wrong.
		if !IsUnrecognizedEndpoint(second) {
			set, err = again, second
		}
	}
	if set.FieldID == 0 {
		set.FieldID = field.ID
	}
	return set, err
}

// UpdateAssetValue changes a value that exists.
func (c *Client) UpdateAssetValue(ctx context.Context, assetID, valueID ID, fieldType, value string) (AssetValue, error) {
	const operation = "UpdateAssetValue"
	f, err := valueForm(operation, fieldType, value)
	if err != nil {
		return AssetValue{}, err
	}
	return write[AssetValue](ctx, c, operation, http.MethodPut, fmt.Sprintf("/assets/%d/extensions/values/%d", assetID, valueID), f)
}

// valueForm writes a value under the key of its type (contract accelo 8.5).
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
		return nil, fmt.Errorf("accelo: %s: a field of type %q cannot be written: %w", operation, fieldType, ErrInvalid)
	}
	return form{key: value, "_fields": valueFields}, nil
}
