package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ninjaone-accelo/internal/program"
)

// upDirectory, below the working directory, holds the data of `make up`.
const upDirectory = ".local/up"

// up runs the product against the vendors that .env names, and keeps its data.
func up(ctx context.Context) (err error) {
	settings, err := program.ReadSettings(".env")
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no .env: copy .env.example to .env and set the credentials of both vendors")
	}
	if err != nil {
		return err
	}
	directory, err := makeDataDirectory()
	if err != nil {
		return err
	}
	for _, name := range []string{"CREDENTIALS_KEY", "ADMIN_TOKEN"} {
		if settings, err = keepSecret(settings, directory, name); err != nil {
			return err
		}
	}
	s, err := begin(ctx, directory, filepath.Join(directory, "logs"), settings...)
	defer func() { err = errors.Join(err, s.end()) }()
	if err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, startupTimeout)
	defer cancel()
	if _, _, err := s.stack.StartWorker(starting); err != nil {
		return err
	}
	_, serve, err := s.stack.StartServe(starting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(program.LocalSettings)) }()
	if err := writeSettings(program.LocalSettings, s.settings); err != nil {
		return err
	}
	result, err := s.stack.Starter(ctx, os.Stderr, "connect")
	fmt.Print(result.Stdout)
	if err != nil {
		return err
	}
	if result.Code != program.ExitDone && result.Code != program.ExitToDo {
		return fmt.Errorf("`starter connect` ended with exit code %d", result.Code)
	}
	s.describe(serve, directory)
	<-ctx.Done()
	return nil
}

// makeDataDirectory creates the directory of our data, and returns its absolute path. Other accounts can traverse it, because
// root runs PostgreSQL with another account; what it contains protects itself.
func makeDataDirectory() (string, error) {
	for _, directory := range []string{filepath.Dir(upDirectory), upDirectory} {
		if err := os.MkdirAll(directory, 0o711); err != nil { //nolint:gosec // see above
			return "", err
		}
		info, err := os.Stat(directory)
		if err != nil {
			return "", err
		}
		if err := os.Chmod(directory, info.Mode().Perm()|0o111); err != nil { // it may exist, and the umask may be strict
			return "", err
		}
	}
	return filepath.Abs(upDirectory)
}

// describe prints where everything is.
func (s *session) describe(serve, directory string) {
	fmt.Println()
	for _, line := range [][2]string{
		{"Temporal UI", s.temporal.UIURL()},
		{"Integrations page", serve + "/integrations   (the admin token is in " + program.LocalSettings + ")"},
		{"Database", s.postgres.Directory()},
		{"Logs and secrets", directory},
		{"Settings", program.LocalSettings + ": bin/starter and bin/worker read it in this directory"},
	} {
		fmt.Printf("  %-20s%s\n", line[0], line[1])
	}
	fmt.Println("\nEverything keeps running until you press Ctrl-C. In another terminal, try `bin/starter import --plan`.")
}

// writeSettings writes NAME='value' lines that only the owner can read. Later settings take precedence.
func writeSettings(path string, settings []string) error {
	values := map[string]string{}
	var names []string
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		values[name] = value
	}
	var content strings.Builder
	content.WriteString("# Written by `make up`, and removed when it ends.\n")
	for _, name := range names {
		fmt.Fprintf(&content, "%s='%s'\n", name, values[name])
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // its permissions may be different
		return err
	}
	return os.WriteFile(path, []byte(content.String()), 0o600)
}

// keepSecret adds a secret that the settings leave out. It generates the secret once, and keeps it in a file that only its
// owner can read.
func keepSecret(settings []string, directory, name string) ([]string, error) {
	if slices.ContainsFunc(settings, func(setting string) bool { return strings.HasPrefix(setting, name+"=") }) {
		return settings, nil
	}
	path := filepath.Join(directory, strings.ToLower(name))
	secret, err := os.ReadFile(path) //nolint:gosec // our own directory
	if errors.Is(err, fs.ErrNotExist) {
		secret = []byte(random())
		err = os.WriteFile(path, secret, 0o600)
	}
	return append(settings, name+"="+string(secret)), err
}
