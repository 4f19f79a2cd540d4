package asset

import (
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
		if !changed || !exists || link.Baseline[field.Name].Ninja == value {
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
	switch {
	case id != 0:
		if _, err := c.Accelo.UpdateAssetValue(ctx, asset, accelo.ID(id), definition.Type, value); err != nil {
			return err
		}
	case value == "": // nothing to clear
	default:
		written, err := c.Accelo.SetAssetField(ctx, asset, accelo.AssetField{ID: accelo.ID(definition.ID), Name: field.Name, Type: definition.Type}, value)
		if err != nil {
			return err
		}
		id = int64(written.ID)
	}
	link.Baseline.RecordField(field.Name, value, id)
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

// readFields records the IDs of the values an asset has. Of those that are to be written it records the value too: one that already equals
// NinjaOne's needs no write. The others stay as they were last synced, whatever someone has entered since.
func readFields(ctx context.Context, c tenant.Connection, link *store.Link, due map[string]string) error {
	held, err := c.Accelo.AssetValues(ctx, accelo.ID(link.AcceloID))
	if err != nil {
		return fmt.Errorf("read the custom fields of %s %d: %w", c.Labels().Asset.Singular(), link.AcceloID, err)
	}
	names := map[int64]string{}
	for name, field := range c.Settings.Fields {
		names[field.ID] = name
	}
	for _, value := range held {
		name, ours := names[int64(value.FieldID)]
		if !ours {
			continue
		}
		if _, writes := due[name]; writes {
			link.Baseline.RecordField(name, value.Value, int64(value.ID))
		} else if known, synced := link.Baseline[name]; synced {
			known.ID = int64(value.ID)
			link.Baseline[name] = known
		}
	}
	return nil
}
