package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed patches/*.patch
var patches embed.FS

// mend is something that the product does for a reason.
type mend struct {
	name string
	// title says what the product does without it.
	title string
	// with says which lives can need it: what their settings, faults and script mention, separated by semicolons.
	with  string
	patch []byte
}

func readMends() ([]mend, error) {
	files, err := patches.ReadDir("patches")
	if err != nil {
		return nil, err
	}
	var mends []mend
	for _, file := range files {
		patch, err := patches.ReadFile("patches/" + file.Name())
		if err != nil {
			return nil, err
		}
		title, rest, _ := strings.Cut(string(patch), "\n")
		with, _, _ := strings.Cut(strings.TrimPrefix(rest, "Lives with: "), "\n")
		mends = append(mends, mend{
			name: strings.TrimSuffix(file.Name(), ".patch"), title: strings.TrimSuffix(title, "."), with: with, patch: patch,
		})
	}
	return mends, nil
}

var patched = regexp.MustCompile(`(?m)^\+\+\+ b/(.*)$`)

// takeOut copies the files of a patch into an empty directory, applies the patch there, and returns which file replaces which.
func (m mend) takeOut(ctx context.Context, root, directory string) (map[string]string, error) {
	replaced := map[string]string{}
	for _, found := range patched.FindAllSubmatch(m.patch, -1) {
		path := filepath.FromSlash(string(found[1]))
		content, err := os.ReadFile(filepath.Join(root, path)) //nolint:gosec // the patches are ours
		if err != nil {
			return nil, err
		}
		copied := filepath.Join(directory, path)
		if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(copied, content, 0o600); err != nil {
			return nil, err
		}
		replaced[filepath.Join(root, path)] = copied
	}
	if len(replaced) == 0 {
		return nil, errors.New("the patch changes nothing")
	}
	apply := exec.CommandContext(ctx, "git", "apply", "--whitespace=nowarn", "-")
	apply.Dir, apply.Stdin = directory, bytes.NewReader(m.patch)
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(directory)) // the directory is in no repository
	if output, err := apply.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the patch no longer applies: %w\n%s", err, output)
	}
	return replaced, nil
}

// build builds the simulation's test program with some files replaced.
func build(ctx context.Context, directory string, replaced map[string]string) (program string, err error) {
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	program = filepath.Join(directory, "simulation.test")
	file := filepath.Join(directory, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	compile := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", file, "-o", program, "./test/simulation")
	compile.Stderr = os.Stderr
	return program, compile.Run()
}
