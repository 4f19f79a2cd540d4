package export

import (
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/rules"
)

// Row is one device in the form the importer expects.
type Row struct {
	// Title is the title of the asset, Type that of its asset type.
	Title, Type string
	// Company is the company's name exactly as in Accelo. FirstName and LastName are those of its contact, if it has one.
	Company, FirstName, LastName string
	// Fields holds the values of the custom fields by name, as rules.Values returns them.
	Fields map[string]string
}

// Headers returns the column names: those the importer requires, then the custom fields. They need not match the importer's own
// header texts, because a user maps the columns by hand.
func Headers() []string {
	headers := []string{"Title", "Type", "Company Name", "Contact First Name", "Contact Last Name"}
	for _, field := range rules.Fields() {
		headers = append(headers, field.Name)
	}
	return headers
}

// cells returns the row's values in the order of Headers.
func (r Row) cells() []string {
	cells := []string{cell(r.Title), cell(r.Type), cell(r.Company), cell(r.FirstName), cell(r.LastName)}
	for _, field := range rules.Fields() {
		value := r.Fields[field.Name]
		if field.Type == rules.DateTimeField {
			value = dateText(value)
		}
		cells = append(cells, cell(value))
	}
	return cells
}

// dateText writes Unix seconds as RFC 3339 in UTC, the only form of a date that Accelo documents as text (accelo.md 8.6). We
// assume that the importer accepts it.
func dateText(seconds string) string {
	number, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return seconds
	}
	return time.Unix(number, 0).UTC().Format(time.RFC3339)
}

// cell fits a value into one line, as an import does: it drops control characters and replaces line breaks by spaces. A leading
// = + - or @ stays, because Accelo treats every value as text and must receive it unchanged.
func cell(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\r', '\t', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return r
	}, rules.CleanText(text))
}
