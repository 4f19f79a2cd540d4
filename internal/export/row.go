package export

import (
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/rules"
)

// Row is one device as the importer takes it.
type Row struct {
	// Title and Type are the asset's; Type is the title of the asset type.
	Title, Type string
	// Company is the company's name exactly as Accelo has it; the contact is one of its contacts, empty where it has none.
	Company, FirstName, LastName string
	// Fields are the custom fields' values by name, as rules.Field.Value has them.
	Fields map[string]string
}

// Headers are the columns: what the importer asks for at least, then the custom fields by their own names. The importer's columns
// are mapped by hand, so its own header texts need not be known.
func Headers() []string {
	headers := []string{"Title", "Type", "Company Name", "Contact First Name", "Contact Last Name"}
	for _, field := range rules.Fields() {
		headers = append(headers, field.Name)
	}
	return headers
}

// cells are the row's values in the order of Headers.
func (r Row) cells() []string {
	cells := []string{cell(r.Title), cell(r.Type), cell(r.Company), cell(r.FirstName), cell(r.LastName)}
	for _, field := range rules.Fields() {
		value := r.Fields[field.Name]
		if field.Type == rules.DateTimeField {
			value = moment(value)
		}
		cells = append(cells, cell(value))
	}
	return cells
}

// moment writes unix seconds as RFC 3339 in UTC, the one form of a date as text that Accelo documents anywhere (contract accelo
// 8.6, ISO 8601). That the importer takes it is assumed.
func moment(seconds string) string {
	number, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return seconds
	}
	return time.Unix(number, 0).UTC().Format(time.RFC3339)
}

// cell is a value that fits a line: control characters are dropped and line breaks become spaces, as in what an import writes.
// Everything else stays, also a leading = + - or @: the files are for Accelo, where a value is text and has to arrive unchanged.
func cell(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\r', '\t', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return r
	}, rules.CleanText(text))
}
