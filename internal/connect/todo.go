package connect

import (
	"fmt"
	"strings"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// These texts name Accelo's menus (accelo.md 7.4, accelo.md 8.7). Accelo names the menus after its objects, so a deployment that
// renames an object sees its own word there.

// AssetTypeToDo says how to create the asset type and its custom fields in Accelo.
func AssetTypeToDo(settings store.Settings, title string) string {
	labels := settings.Labels()
	return fmt.Sprintf("Create the %s type %q in Accelo (this deployment's API can't). Go to Settings > %s > Types & Custom Fields, add a "+
		"type named exactly %[2]s, enable %[4]s for it, and add these custom fields with exactly these names: %[5]s.",
		labels.Asset.Singular(), title, labels.Asset.PluralTitle, labels.Contact.Plural(), describeFields(rules.Fields()))
}

func fieldsToDo(settings store.Settings, missing []rules.Field) string {
	labels := settings.Labels()
	return fmt.Sprintf("Add the missing custom fields to the %s type %q in Accelo (this deployment's API can't). Go to Settings > %s > Types & "+
		"Custom Fields, open the type, and add fields with exactly these names: %s. Until then, %s are synced without them.",
		labels.Asset.Singular(), settings.AssetType.Title, labels.Asset.PluralTitle, describeFields(missing), labels.Asset.Plural())
}

func requestTypeToDo(settings store.Settings, title string) string {
	labels := settings.Labels()
	return fmt.Sprintf("Create the %s type %q in Accelo (its API can't). Go to Settings > %s > Types and add an active type named exactly "+
		"%[2]s. Until then, alerts open no %[4]s.",
		labels.Request.Singular(), title, labels.Request.PluralTitle, labels.Request.Plural())
}

func describeFields(fields []rules.Field) string {
	labels := map[rules.FieldType]string{rules.TextField: "text", rules.DateTimeField: "date and time", rules.HyperlinkField: "hyperlink"}
	var texts []string
	for _, field := range fields {
		texts = append(texts, fmt.Sprintf("%s (%s)", field.Name, labels[field.Type]))
	}
	return strings.Join(texts, ", ")
}
