package activities

import (
	"context"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// writeFields writes custom field values of an asset one by one and records each in the link as soon as it is written. A
// value that exists is changed by its id; ids that are not known yet are read first (contract accelo 8.5).
func (a *Activities) writeFields(ctx context.Context, c tenant.Connection, link *store.Link, values map[string]string) error {
	if len(values) == 0 {
		return nil
	}
	if idsMissing(link.Baseline, values) && !createdBare(c, *link) {
		if err := a.learnValues(ctx, c, link); err != nil {
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
	asset, known := accelo.ID(link.AcceloID), link.Baseline[field.Name].ID
	switch {
	case known != 0:
		if _, err := c.Accelo.UpdateAssetValue(ctx, asset, accelo.ID(known), definition.Type, value); err != nil {
			return err
		}
	case value == "": // there is no value to empty
	default:
		written, err := c.Accelo.SetAssetField(ctx, asset, accelo.AssetField{ID: accelo.ID(definition.ID), Name: field.Name, Type: definition.Type}, value)
		if err != nil {
			return err
		}
		known = int64(written.ID)
	}
	link.Baseline.RecordField(field.Name, value, known)
	return nil
}

// idsMissing tells whether a value is to be changed that may exist although its id is not known.
func idsMissing(written rules.Baseline, values map[string]string) bool {
	for name := range values {
		if written[name].ID == 0 {
			return true
		}
	}
	return false
}

// createdBare tells that we made the asset without any field and have written none since, so that it has no values.
func createdBare(c tenant.Connection, link store.Link) bool {
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

// learnValues reads which values an asset has. One that is NinjaOne's already need not be written.
func (a *Activities) learnValues(ctx context.Context, c tenant.Connection, link *store.Link) error {
	held, err := c.Accelo.AssetValues(ctx, accelo.ID(link.AcceloID))
	if err != nil {
		return fmt.Errorf("read the custom fields of %s %d: %w", c.Labels().Asset.Singular(), link.AcceloID, err)
	}
	names := map[int64]string{}
	for name, field := range c.Settings.Fields {
		names[field.ID] = name
	}
	for _, value := range held {
		if name, ours := names[int64(value.FieldID)]; ours {
			link.Baseline.RecordField(name, value.Value, int64(value.ID))
		}
	}
	return nil
}
