package connect

import (
	"fmt"
	"strings"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// What only an administrator can do in Accelo, in the words of its menus (contract accelo 7.4, 8.7, accelo-beyond-docs). Accelo
// names the menus after its objects, so a deployment that renames those sees its own words there.

// AssetTypeToDo tells how to make the type for devices by hand, with its custom fields.
func AssetTypeToDo(settings store.Settings, title string) string {
	words := settings.Words()
	return fmt.Sprintf("Accelo has no %s type %q and its API makes none. Under Settings > %s > Types & Custom Fields add a type with "+
		"exactly this title, let its %s have a %s, and add these custom fields with exactly these names: %s. Then run `starter connect` again",
		words.Asset.One(), title, words.Asset.Plural, words.Asset.Many(), words.Contact.One(), describeFields(rules.Fields()))
}

func fieldsToDo(settings store.Settings, missing []rules.Field) string {
	words := settings.Words()
	return fmt.Sprintf("The %s type %q lacks custom fields and Accelo's API makes none. Under Settings > %s > Types & Custom Fields open "+
		"the type and add, with exactly these names: %s. Then run `starter connect` again; until then %s are kept without them",
		words.Asset.One(), settings.AssetType.Title, words.Asset.Plural, describeFields(missing), words.Asset.Many())
}

func requestTypeToDo(settings store.Settings, title string) string {
	words := settings.Words()
	return fmt.Sprintf("Accelo has no %s type %q and its API makes none. Under Settings > %s > Types add an active type with exactly this "+
		"title. Then run `starter connect` again; until then alerts open no %s",
		words.Request.One(), title, words.Request.Plural, words.Request.Many())
}

func describeFields(fields []rules.Field) string {
	labels := map[rules.FieldType]string{rules.TextField: "text", rules.DateTimeField: "date and time", rules.HyperlinkField: "hyperlink"}
	var texts []string
	for _, field := range fields {
		texts = append(texts, fmt.Sprintf("%s (%s)", field.Name, labels[field.Type]))
	}
	return strings.Join(texts, ", ")
}
