package deploy_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
)

// example holds the settings of .env.example that are set, and those that are commented out with their defaults.
type example struct{ set, defaults map[string]string }

var setting = regexp.MustCompile(`^(# )?([A-Z][A-Z0-9_]*)=(.*)$`)

func readExample(t *testing.T) example {
	t.Helper()
	content, err := os.ReadFile("../.env.example")
	require.NoError(t, err)
	e := example{set: map[string]string{}, defaults: map[string]string{}}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		match := setting.FindStringSubmatch(line)
		if match == nil {
			require.True(t, line == "" || line == "#" || strings.HasPrefix(line, "# "), line)
			continue
		}
		require.NotContains(t, e.set, match[2])
		require.NotContains(t, e.defaults, match[2])
		if value := strings.Trim(match[3], "'"); match[1] == "" {
			e.set[match[2]] = value
		} else {
			e.defaults[match[2]] = value
		}
	}
	return e
}

var reference = regexp.MustCompile(`\$\{([A-Z_]+)`)

// composeVariables returns the names of the variables that docker-compose.yml refers to.
func composeVariables(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var names []string
	for _, match := range reference.FindAllSubmatch(content, -1) {
		names = append(names, string(match[1]))
	}
	return names
}

// .env.example names all our settings, only settings that exist, and everything that docker-compose.yml refers to.
func TestExampleNames(t *testing.T) {
	t.Parallel()
	e := readExample(t)
	names := slices.Concat(slices.Collect(maps.Keys(e.set)), slices.Collect(maps.Keys(e.defaults)))
	for _, name := range config.Variables() {
		if !strings.HasPrefix(name, "TEMPORAL_") {
			require.Contains(t, names, name)
		}
	}
	for _, name := range composeVariables(t) {
		require.Contains(t, names, name)
	}
	for _, name := range names {
		if !slices.Contains(config.Variables(), name) {
			require.Contains(t, composeVariables(t), name)
		}
	}
}

// minimum returns the settings that every program requires.
func minimum() []string {
	return []string{
		"DATABASE_URL=postgres://localhost/ninjaone_accelo",
		"CREDENTIALS_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	}
}

// .env.example shows the real defaults: setting all of them changes nothing.
func TestExampleDefaults(t *testing.T) {
	t.Parallel()
	e := readExample(t)
	environment := append(minimum(),
		"ADMIN_TOKEN=at-least-16-characters",
		"PUBLIC_URL=https://accelo.example.com",
		"NINJAONE_CLIENT_ID=client", "NINJAONE_CLIENT_SECRET=secret",
		"ACCELO_DEPLOYMENT=acme", "ACCELO_CLIENT_ID=client", "ACCELO_CLIENT_SECRET=secret",
	)
	for _, assignment := range environment {
		name, _, _ := strings.Cut(assignment, "=")
		require.Contains(t, e.set, name, "required settings are not commented out")
	}
	want, err := config.LoadServe(environment)
	require.NoError(t, err)
	for name, value := range e.defaults {
		environment = append(environment, name+"="+value)
	}
	got, err := config.LoadServe(environment)
	require.NoError(t, err)
	require.Equal(t, want.Options.Options(), got.Options.Options())
	want.Options = got.Options // one names the defaults, the other leaves them open
	require.Equal(t, want, got)
}
