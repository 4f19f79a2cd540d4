package connect

import (
	"context"
	"fmt"
	"strings"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// provision finds what syncs need in Accelo, and creates what is missing if the API allows it.
func (r *run) provision(ctx context.Context) error {
	if err := r.findRequestType(ctx); err != nil {
		return fmt.Errorf("request types: %w", err)
	}
	if err := r.findAssetType(ctx); err != nil {
		return fmt.Errorf("asset types: %w", err)
	}
	if err := r.readPriorities(ctx); err != nil {
		return fmt.Errorf("request priorities: %w", err)
	}
	able, err := r.Accelo.ProbeCreateAssets(ctx)
	if err != nil {
		return fmt.Errorf("asset creation: %w", err)
	}
	r.settings.Capabilities.CreateAssets = &able
	if !able {
		no := false
		r.settings.Capabilities.SetFieldsOnCreate = &no
	}
	return nil
}

// readPriorities reads the request priorities. If a deployment doesn't provide them, requests get none (accelo.md 7.2).
func (r *run) readPriorities(ctx context.Context) error {
	priorities, err := r.Accelo.RequestPriorities(ctx)
	if err != nil && !isOptional(err) {
		return err
	}
	r.settings.Priorities = map[int]int64{}
	for _, priority := range priorities {
		r.settings.Priorities[int(priority.Factor)] = int64(priority.ID)
	}
	return nil
}

// isRefused reports whether a deployment doesn't offer an undocumented call, or not to our user: then an administrator has to do by hand what it
// would have done.
func isRefused(err error) bool { return accelo.IsUnsupported(err) || accelo.IsForbidden(err) }

// isOptional reports whether an error on an optional lookup can be ignored.
func isOptional(err error) bool {
	return isRefused(err) || accelo.IsUnreadable(err)
}

// findRequestType finds the type of our requests. Only an administrator can create it, in Accelo's UI (accelo.md 7.4).
func (r *run) findRequestType(ctx context.Context) error {
	types, err := r.Accelo.RequestTypes(ctx)
	if err != nil {
		return err
	}
	r.settings.RequestType = store.ObjectType{}
	for _, t := range types {
		if rules.SameName(t.Title, r.Options.RequestType) && !strings.EqualFold(t.Status, "inactive") {
			r.settings.RequestType = store.ObjectType{ID: int64(t.ID), Title: t.Title}
			id := int64(t.ID)
			r.report.RequestType = TypeReport{ID: &id, Title: t.Title}
			return nil
		}
	}
	r.todo("%s", requestTypeToDo(r.settings, r.Options.RequestType))
	return nil
}

func (r *run) findAssetType(ctx context.Context) error {
	types, err := r.Accelo.AssetTypes(ctx)
	if err != nil {
		return err
	}
	r.settings.AssetType = store.ObjectType{}
	for _, t := range types {
		if rules.SameName(t.Title, r.Options.AssetType) {
			r.useAssetType(t)
			return r.findFields(ctx)
		}
	}
	created, err := r.Accelo.CreateAssetType(ctx, r.Options.AssetType)
	able := err == nil
	if err != nil && !isRefused(err) {
		return err
	}
	r.settings.Capabilities.CreateAssetTypes = &able
	if !able {
		r.settings.Fields = nil
		r.report.AssetType.MissingFields = fieldNames()
		r.todo("%s", AssetTypeToDo(r.settings, r.Options.AssetType))
		return nil
	}
	r.useAssetType(created)
	return r.findFields(ctx)
}

func (r *run) useAssetType(t accelo.AssetType) {
	id := int64(t.ID)
	r.settings.AssetType = store.ObjectType{ID: id, Title: t.Title}
	r.report.AssetType.TypeReport = TypeReport{ID: &id, Title: t.Title}
}

// findFields matches our custom fields by name, and creates the missing ones if the API allows it.
func (r *run) findFields(ctx context.Context) error {
	typeID := accelo.ID(r.settings.AssetType.ID)
	existing, err := r.Accelo.AssetFields(ctx, typeID)
	if err != nil {
		return err
	}
	r.settings.Fields = map[string]store.CustomField{}
	var missing []rules.Field
	for _, field := range rules.Fields() {
		if found, ok := fieldNamed(existing, field.Name); ok {
			r.settings.Fields[field.Name] = store.CustomField{ID: int64(found.ID), Type: found.Type}
			continue
		}
		created, err := r.Accelo.CreateAssetField(ctx, typeID, field.Name, string(field.Type))
		able := err == nil
		if err != nil && !isRefused(err) {
			return fmt.Errorf("custom field %s: %w", field.Name, err)
		}
		r.settings.Capabilities.CreateAssetFields = &able
		if !able {
			missing = append(missing, field)
			continue
		}
		r.settings.Fields[field.Name] = store.CustomField{ID: int64(created.ID), Type: string(field.Type)}
	}
	for _, field := range missing {
		r.report.AssetType.MissingFields = append(r.report.AssetType.MissingFields, field.Name)
	}
	if len(missing) > 0 {
		r.todo("%s", fieldsToDo(r.settings, missing))
	}
	return nil
}

func fieldNamed(fields []accelo.AssetField, name string) (accelo.AssetField, bool) {
	for _, field := range fields {
		if rules.SameName(field.Name, name) && !bool(field.Archived) {
			return field, true
		}
	}
	return accelo.AssetField{}, false
}

func fieldNames() []string {
	var names []string
	for _, field := range rules.Fields() {
		names = append(names, field.Name)
	}
	return names
}
