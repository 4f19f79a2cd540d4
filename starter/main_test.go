package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/store"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

func TestMain(m *testing.M) {
	time.Local = time.UTC // the texts show local times
	os.Exit(localtest.Run(m))
}

// requireGolden compares a text with testdata/NAME.golden. With -update it writes the file.
func requireGolden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run go test ./starter -update")
	require.Equal(t, string(want), text)
}

// requireGoldens compares the texts of one command, each under its own file name.
func requireGoldens(t *testing.T, command string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		requireGolden(t, command+"-"+name, text)
	}
}

// standardLabels are Accelo's own, customLabels those of a deployment that has renamed everything.
func standardLabels() store.Labels { return store.Settings{}.Labels() }

func customLabels() store.Labels { return renamed().Labels() }

func renamed() store.Settings {
	return store.Settings{Titles: map[string]store.Label{
		"company": {SingularTitle: "Client", PluralTitle: "Clients"}, "contact": {SingularTitle: "Person", PluralTitle: "People"},
		"asset": {SingularTitle: "Machine", PluralTitle: "Machines"}, "request": {SingularTitle: "Enquiry", PluralTitle: "Enquiries"},
	}}
}

func pointer[T any](value T) *T { return &value }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
