package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ninjaone-accelo/internal/program"
)

// up runs the product against the real vendors that .env names, and keeps its data in .local/up.
func up(ctx context.Context) (err error) {
	settings, err := readSettings(".env")
	if err != nil {
		return err
	}
	directory := filepath.Join(".local", "up")
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
	starting, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if _, _, err := s.stack.StartWorker(starting); err != nil {
		return err
	}
	_, serve, err := s.stack.StartServe(starting)
	if err != nil {
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
	fmt.Printf("\n  Temporal UI         %s\n  Integrations page   %s/integrations\n  Secrets             %s\n",
		s.temporal.UIURL(), serve, directory)
	fmt.Println("\nEverything stays up until you press Ctrl-C.")
	<-ctx.Done()
	return nil
}

// readSettings reads KEY=VALUE lines; empty lines and those that begin with # say nothing.
func readSettings(path string) ([]string, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the user's own file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no .env: copy .env.example to .env and set the credentials of both vendors")
	}
	if err != nil {
		return nil, err
	}
	var settings []string
	for number, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf(".env, line %d: write NAME=value", number+1)
		}
		if value = strings.Trim(strings.TrimSpace(value), `"'`); value != "" {
			settings = append(settings, strings.TrimSpace(name)+"="+value)
		}
	}
	return settings, nil
}

// keepSecret makes a secret that .env leaves out, once, and keeps it in a file that only its owner can read.
func keepSecret(settings []string, directory, name string) ([]string, error) {
	for _, setting := range settings {
		if strings.HasPrefix(setting, name+"=") {
			return settings, nil
		}
	}
	path := filepath.Join(directory, strings.ToLower(name))
	secret, err := os.ReadFile(path) //nolint:gosec // our own folder
	if errors.Is(err, fs.ErrNotExist) {
		secret = []byte(random())
		if err = os.MkdirAll(directory, 0o700); err == nil {
			err = os.WriteFile(path, secret, 0o600)
		}
	}
	return append(settings, name+"="+string(secret)), err
}
