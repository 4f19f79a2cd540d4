package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LocalSettings is the file, below the working directory, with the settings of the programs that `make up` runs.
const LocalSettings = ".local/up.env"

// Environ adds the settings of `make up` in a directory to an environment in the form of os.Environ, unless that sets
// DATABASE_URL. Variables of the environment take precedence. The error is a UsageError about the file.
func Environ(environ []string, directory string) ([]string, error) {
	set := map[string]bool{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		set[name] = strings.TrimSpace(value) != ""
	}
	if set["DATABASE_URL"] {
		return environ, nil
	}
	settings, err := ReadSettings(filepath.Join(directory, LocalSettings))
	if errors.Is(err, fs.ErrNotExist) {
		return environ, nil
	}
	if err != nil {
		return nil, &UsageError{Err: fmt.Errorf("settings of `make up`: %w", err)}
	}
	all := slices.Clone(environ)
	for _, setting := range settings {
		if name, _, _ := strings.Cut(setting, "="); !set[name] {
			all = append(all, setting)
		}
	}
	return all, nil
}

// ReadSettings reads the NAME=value lines of an env file, as docker compose does: values may be quoted, and comments begin
// with #. It leaves out settings without a value. Its errors don't contain values.
func ReadSettings(path string) ([]string, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the user's own file
	if err != nil {
		return nil, err
	}
	var settings []string
	for number, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, fmt.Errorf("%s, line %d: write NAME=value", path, number+1)
		}
		if value = unquote(strings.TrimSpace(value)); value != "" {
			settings = append(settings, name+"="+value)
		}
	}
	return settings, nil
}

// unquote returns the content of a quoted value, or an unquoted value without its comment.
func unquote(value string) string {
	for _, quote := range []string{`'`, `"`} {
		if rest, ok := strings.CutPrefix(value, quote); ok {
			if end := strings.LastIndex(rest, quote); end >= 0 {
				return rest[:end]
			}
		}
	}
	value, _, _ = strings.Cut(value, " #")
	return strings.TrimSpace(value)
}
