package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// FindPostgres returns the directory of PostgreSQL's server programs. It looks where pg_config points, then for the newest
// version where Debian, Fedora and Homebrew install, then on PATH. The error says how to install them.
func FindPostgres(ctx context.Context) (string, error) {
	candidates := []string{}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
	} {
		candidates = append(candidates, newestFirst(pattern)...)
	}
	candidates = append(candidates, filepath.SplitList(os.Getenv("PATH"))...)
	for _, directory := range candidates {
		if hasServer(directory) {
			return directory, nil
		}
	}
	return "", errors.New("the programs of a PostgreSQL server (initdb, postgres) are not installed: run `make tools`, or " +
		"install them (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; " +
		"macOS: brew install postgresql)")
}

// hasServer reports whether a directory contains all programs that we need.
func hasServer(directory string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(directory, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return filepath.IsAbs(directory)
}

// newestFirst returns the directories that match a pattern, sorted by the version in their names: 17 before 9.6.
func newestFirst(pattern string) []string {
	directories, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	slices.SortFunc(directories, func(a, b string) int {
		return compareVersions(versionIn(b), versionIn(a))
	})
	return directories
}

func versionIn(path string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return -1
	}, path), ".")
}

func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x - y
		}
	}
	return len(as) - len(bs)
}

// postgresVersion returns the version of the server, such as 15.18.
func postgresVersion(ctx context.Context, binaries string) (string, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(binaries, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("postgres --version: %w", err)
	}
	fields := strings.Fields(string(out))
	if len(fields) < 3 {
		return "", fmt.Errorf("unexpected output of postgres --version: %q", out)
	}
	return fields[2], nil
}
