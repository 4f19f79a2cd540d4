package mapping

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// The columns that an import reads. The others only help people to read the file.
const (
	idColumn          = "organization_id"
	syncColumn        = "sync"
	companyColumn     = "company_id"
	affiliationColumn = "affiliation_id"
)

// columns are the columns of an export, in order.
var columns = []string{idColumn, "organization", syncColumn, companyColumn, "company", affiliationColumn, "matched"}

// maxLines bounds the lines of a file.
const maxLines = 20_000

// WriteCSV writes organizations as CSV, which ReadCSV reads. How says how an organization got its company.
func WriteCSV(to io.Writer, organizations []store.ListedOrganization, how func(store.ListedOrganization) string) error {
	w := csv.NewWriter(to)
	rows := [][]string{columns}
	for _, o := range organizations {
		on := "on"
		if !o.Sync {
			on = "off"
		}
		rows = append(rows, []string{
			o.NinjaID, rules.SafeCell(o.Name), on, number(current(o)), rules.SafeCell(o.Company), number(o.AffiliationID), rules.SafeCell(how(o)),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write the organizations as CSV: %w", err)
	}
	return nil
}

func number(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// Line is a line of a file: what it wishes.
type Line struct {
	Number int
	Wish
}

// LineFault is what is wrong with a line of a file.
type LineFault struct {
	Line   int
	Reason string
}

// ReadCSV reads the wishes of a file. An empty cell leaves its value as it is, and 0 stands for no chosen company or contact. Faults name
// every line that can't be read.
func ReadCSV(file []byte) (lines []Line, faults []LineFault) {
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	reader := csv.NewReader(bytes.NewReader(file))
	if first, _, _ := bytes.Cut(file, []byte("\n")); bytes.Contains(first, []byte(";")) && !bytes.Contains(first, []byte(",")) {
		reader.Comma = ';' // as spreadsheets write it in many countries
	}
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err != nil {
		return nil, []LineFault{csvFault(1, err)}
	}
	positions := map[string]int{}
	for i, name := range header {
		positions[strings.ToLower(strings.TrimSpace(name))] = i
	}
	if _, found := positions[idColumn]; !found {
		return nil, []LineFault{{Line: 1, Reason: "the first line must name the columns, and one of them must be " + idColumn}}
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return lines, faults
		}
		if err != nil {
			return lines, append(faults, csvFault(len(lines)+2, err))
		}
		number, _ := reader.FieldPos(0)
		if len(lines) == maxLines {
			return lines, append(faults, LineFault{number, fmt.Sprintf("the file has more than %d lines", maxLines)})
		}
		if len(record) == 1 && strings.TrimSpace(record[0]) == "" {
			continue
		}
		line, reasons := readLine(number, record, positions)
		lines = append(lines, line)
		for _, reason := range reasons {
			faults = append(faults, LineFault{number, reason})
		}
	}
}

// csvFault says where a file is no CSV.
func csvFault(line int, err error) LineFault {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return LineFault{parse.Line, "this is no CSV: " + parse.Err.Error()}
	case errors.Is(err, io.EOF):
		return LineFault{line, "the file is empty"}
	}
	return LineFault{line, err.Error()}
}

func readLine(number int, record []string, positions map[string]int) (line Line, reasons []string) {
	cell := func(column string) string {
		at, exists := positions[column]
		if !exists || at >= len(record) {
			return ""
		}
		return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(record[at]), "'"))
	}
	line.Number = number
	if line.NinjaID = cell(idColumn); line.NinjaID == "" {
		reasons = append(reasons, idColumn+" is empty")
	}
	switch text := strings.ToLower(cell(syncColumn)); text {
	case "":
	case "on", "yes", "true", "off", "no", "false":
		on := slices.Contains([]string{"on", "yes", "true"}, text)
		line.Sync = &on
	default:
		reasons = append(reasons, fmt.Sprintf("%s is %q: use on or off", syncColumn, text))
	}
	for column, target := range map[string]**int64{companyColumn: &line.CompanyID, affiliationColumn: &line.AffiliationID} {
		text := cell(column)
		if text == "" {
			continue
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 0 {
			reasons = append(reasons, fmt.Sprintf("%s is %q: use the number in the page's URL, or 0 for none", column, text))
			continue
		}
		*target = &id
	}
	slices.Sort(reasons)
	return line, reasons
}

// EncodeWishes writes the lines that change something as a file, which is what a user confirms.
func EncodeWishes(lines []Line) string {
	var text strings.Builder
	w := csv.NewWriter(&text)
	_ = w.Write([]string{idColumn, syncColumn, companyColumn, affiliationColumn}) // a Builder takes everything
	for _, line := range lines {
		on := ""
		if line.Sync != nil && *line.Sync {
			on = "on"
		} else if line.Sync != nil {
			on = "off"
		}
		_ = w.Write([]string{line.NinjaID, on, optional(line.CompanyID), optional(line.AffiliationID)})
	}
	w.Flush()
	return text.String()
}

func optional(id *int64) string {
	if id == nil {
		return ""
	}
	return strconv.FormatInt(*id, 10)
}
