package export

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// maxRows is how many assets a file holds: more may stall the importer (contract accelo-beyond-docs).
const maxRows = 1000

// Write puts the rows into as many files as they take, in UTF-8 with a header each, and returns the files' names in order. The
// directory is made where it is missing. Files of an earlier export of the same connection are replaced, so that nothing is
// imported twice by mistake; each file is whole or not there. Without rows there are no files.
func Write(directory, connection string, rows []Row) ([]string, error) {
	if err := os.MkdirAll(directory, 0o750); err != nil {
		return nil, fmt.Errorf("make the directory for the files: %w", err)
	}
	names := []string{}
	for chunk := range slices.Chunk(rows, maxRows) {
		name := fileName(connection, len(names)+1)
		if err := writeFile(filepath.Join(directory, name), chunk); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		names = append(names, name)
	}
	return names, removeOthers(directory, connection, names)
}

func fileName(connection string, number int) string {
	return fmt.Sprintf("assets-%s-%03d.csv", connection, number)
}

// writeFile writes beside the file first. Only its owner may read it: it holds names of people.
func writeFile(path string, rows []Row) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".assets-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close(), os.Remove(file.Name()))
		}
	}()
	lines := csv.NewWriter(file)
	if err := lines.Write(Headers()); err != nil {
		return err
	}
	for _, row := range rows {
		if err := lines.Write(row.cells()); err != nil {
			return err
		}
	}
	lines.Flush()
	if err := errors.Join(lines.Error(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// removeOthers removes what an earlier, larger export of the connection has left.
func removeOthers(directory, connection string, written []string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return fmt.Errorf("look for older files: %w", err)
	}
	ours := regexp.MustCompile(`^assets-` + regexp.QuoteMeta(connection) + `-[0-9]{3,}\.csv$`)
	for _, entry := range entries {
		if ours.MatchString(entry.Name()) && !slices.Contains(written, entry.Name()) {
			if err := os.Remove(filepath.Join(directory, entry.Name())); err != nil {
				return fmt.Errorf("remove an older file: %w", err)
			}
		}
	}
	return nil
}
