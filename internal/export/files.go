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

// maxRows is the largest number of assets in a file. Accelo's importer may stall on more.
const maxRows = 1000

// Write writes the rows to as many UTF-8 files as they need, each with a header, and returns the names of the files in order. It
// creates the directory if necessary. Files of an earlier export of the same connection are replaced, so that no row is
// imported twice by mistake. A file is complete or missing, and no rows means no files.
func Write(directory, connection string, rows []Row) ([]string, error) {
	if err := os.MkdirAll(directory, 0o750); err != nil {
		return nil, fmt.Errorf("create the directory for the files: %w", err)
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

// writeFile writes a temporary file and renames it. Only its owner can read it, because it contains personal names.
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

// removeOthers removes the files that an earlier, larger export of the connection left.
func removeOthers(directory, connection string, written []string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return fmt.Errorf("list the files of earlier exports: %w", err)
	}
	ours := regexp.MustCompile(`^assets-` + regexp.QuoteMeta(connection) + `-[0-9]{3,}\.csv$`)
	for _, entry := range entries {
		if ours.MatchString(entry.Name()) && !slices.Contains(written, entry.Name()) {
			if err := os.Remove(filepath.Join(directory, entry.Name())); err != nil {
				return fmt.Errorf("remove a file of an earlier export: %w", err)
			}
		}
	}
	return nil
}
