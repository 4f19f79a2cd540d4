package accelo

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// fieldTypes lists the field types of each family (accelo.md 8.5 and 8.6).
var fieldTypes = map[string][]string{
	extensions: {
		"text", "textbox", "int", "date", "date_time", "float", "certify", "fixed_select", "flexible_select", "multi_select",
		"lookup", "currency", "hyperlink", "contributor",
	},
	profiles: {
		"text", "integer", "decimal", "date", "date_time", "currency", "lookup", "structure", "select", "multi_select", "hyperlink",
	},
}

// valueKey returns the parameter that sets values of a type.
func valueKey(fieldType string) string {
	switch fieldType {
	case "int", "integer":
		return "value_int"
	case "date", "date_time", "certify":
		return "value_date"
	case "lookup", "contributor":
		return "value_id"
	default:
		return "value"
	}
}

// check validates a value and returns it as it is stored. An empty value clears any field.
func (f *CustomField) check(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	ok := true
	switch f.Type {
	case "int", "integer", "lookup", "contributor":
		_, err := strconv.ParseInt(text, 10, 64)
		ok = err == nil
	case "date", "date_time", "certify":
		if moment, err := time.Parse(time.RFC3339, text); err == nil && f.Family == profiles {
			return number(moment.Unix()), nil
		}
		_, err := strconv.ParseInt(text, 10, 64)
		ok = err == nil
	case "float", "decimal", "currency":
		_, err := strconv.ParseFloat(text, 64)
		ok = err == nil
	case "fixed_select", "select":
		ok = slices.Contains(f.Options, text)
	case "multi_select":
		for _, option := range splitOptions(text) {
			ok = ok && slices.Contains(f.Options, option)
		}
	}
	if !ok {
		return "", invalid("The value %q is not valid for the %s field %q.", text, f.Type, f.Name)
	}
	return text, nil
}

func splitOptions(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ", ")
}
