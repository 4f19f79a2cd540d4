package rules

import "strings"

// SafeCell keeps a spreadsheet program from running a cell of a CSV file as a formula, by an apostrophe in front. It is for files that people
// read; what another program reads must hold the text itself.
func SafeCell(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}
