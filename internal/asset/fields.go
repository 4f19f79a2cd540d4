package asset

import (
	"cmp"
	"context"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// writeFields writes the custom fields of an asset one by one, and records each in the link as soon as it is written. An existing
// value is changed by its ID; unknown IDs are read first (accelo.md 8.5).
func writeFields(ctx context.Context, c tenant.Connection, link *store.Link, values map[string]string) error {
	if len(values) == 0 {
		return nil
	}
	if missesID(link.Baseline, values) && !createdWithoutFields(c, *link) {
		if err := readFields(ctx, c, link, values); err != nil {
			return err
		}
	}
	for _, field := range rules.Fields() {
		value, changed := values[field.Name]
		definition, exists := c.Settings.Fields[field.Name]
		if !changed || !exists || field.Type.Same(link.Baseline[field.Name].Ninja, value) {
			continue
		}
		if err := writeField(ctx, c, link, field, definition, value); err != nil {
			return fmt.Errorf("set %s of %s %d: %w", field.Name, c.Labels().Asset.Singular(), link.AcceloID, err)
		}
	}
	return nil
}

func writeField(ctx context.Context, c tenant.Connection, link *store.Link, field rules.Field, definition store.CustomField, value string) error {
	asset, id := accelo.ID(link.AcceloID), link.Baseline[field.Name].ID
	var written accelo.AssetValue
	var err error
	switch {
	case id != 0:
		written, err = c.Accelo.UpdateAssetValue(ctx, asset, accelo.ID(id), definition.Type, value)
		written.ID = accelo.ID(id)
	case value == "": // nothing to clear
	default:
		written, err = c.Accelo.SetAssetField(ctx, asset, accelo.AssetField{ID: accelo.ID(definition.ID), Name: field.Name, Type: definition.Type}, value)
	}
	if err != nil {
		return err
	}
	link.Baseline.WroteField(field.Name, value, cmp.Or(written.Value, value), int64(written.ID))
	return nil
}

// missesID reports whether one of the values may exist in Accelo under an ID that we don't know.
func missesID(baseline rules.Baseline, values map[string]string) bool {
	for name := range values {
		if baseline[name].ID == 0 {
			return true
		}
	}
	return false
}

// createdWithoutFields reports whether we created the asset without fields and have written none since: it has no values.
func createdWithoutFields(c tenant.Connection, link store.Link) bool {
	able := c.Settings.Capabilities.SetFieldsOnCreate
	if link.Outcome != rules.Created || able == nil || *able {
		return false
	}
	for _, field := range rules.Fields() {
		if _, written := link.Baseline[field.Name]; written {
			return false
		}
	}
	return true
}

// readFields records the values that an asset has, and of those to write the ones that Accelo already holds.
func readFields(ctx context.Context, c tenant.Connection, link *store.Link, values map[string]string) error {
	held, err := c.Accelo.AssetValues(ctx, accelo.ID(link.AcceloID))
	if err != nil {
		return fmt.Errorf("read the custom fields of %s %d: %w", c.Labels().Asset.Singular(), link.AcceloID, err)
	}
	byID := map[int64]accelo.AssetValue{}
	for _, value := range held {
		byID[int64(value.FieldID)] = value
	}
	for _, field := range rules.Fields() {
		stored, exists := byID[c.Settings.Fields[field.Name].ID]
		if !exists || stored.FieldID == 0 {
			continue
		}
		var wanted *string
		if value, writes := values[field.Name]; writes {
			wanted = &value
		}
		link.Baseline.ReadField(field, wanted, stored.Value, int64(stored.ID))
	}
	return nil
}
