package deploy_test

import (
	"encoding/json"
	"go/version"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
)

// stage is one image of the Dockerfile.
type stage struct {
	base       string
	copied     map[string]string // path in the image by path in the build stage
	env        []string
	exposed    []string
	health     []string
	entrypoint []string
	command    []string
	runs       []string
}

var instruction = regexp.MustCompile(`^([A-Z]+) (.*)$`)

// readDockerfile returns the stages by name.
func readDockerfile(t *testing.T) map[string]*stage {
	t.Helper()
	content, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	stages := map[string]*stage{}
	var current *stage
	for line := range strings.Lines(strings.ReplaceAll(string(content), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		match := instruction.FindStringSubmatch(line)
		require.NotNil(t, match, line)
		words := strings.Fields(match[2])
		if match[1] == "FROM" {
			require.Len(t, words, 3, line)
			current = &stage{base: words[0], copied: map[string]string{}}
			stages[words[2]] = current
			continue
		}
		require.NotNil(t, current, line)
		current.read(t, match[1], match[2], words)
	}
	return stages
}

func (s *stage) read(t *testing.T, name, rest string, words []string) {
	t.Helper()
	switch name {
	case "COPY":
		if words[0] == "--from=build" {
			s.copied[words[1]] = words[2]
		}
	case "ENV":
		variable, _, _ := strings.Cut(rest, "=")
		s.env = append(s.env, variable)
	case "EXPOSE":
		s.exposed = append(s.exposed, words...)
	case "HEALTHCHECK":
		_, command, found := strings.Cut(rest, "CMD ")
		require.True(t, found, rest)
		s.health = list(t, command)
	case "ENTRYPOINT":
		s.entrypoint = list(t, rest)
	case "CMD":
		s.command = list(t, rest)
	case "RUN":
		s.runs = append(s.runs, rest)
	case "ARG", "WORKDIR":
	default:
		require.Fail(t, "unknown instruction", name)
	}
}

// list parses the JSON form of a command, which needs no shell: our images have none.
func list(t *testing.T, text string) []string {
	t.Helper()
	var words []string
	require.NoError(t, json.Unmarshal([]byte(text), &words), text)
	return words
}

// The build stage has a Go version that go.mod accepts, and builds packages that exist.
func TestDockerfileBuild(t *testing.T) {
	t.Parallel()
	build := readDockerfile(t)["build"]
	require.NotNil(t, build)
	image := regexp.MustCompile(`^golang:(\d+\.\d+)`).FindStringSubmatch(build.base)
	require.NotNil(t, image, build.base)
	module, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	required := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(module)
	require.NotNil(t, required)
	require.GreaterOrEqual(t, version.Compare("go"+image[1], version.Lang("go"+string(required[1]))), 0)
	compile := build.runs[len(build.runs)-1]
	require.Contains(t, compile, "CGO_ENABLED=0 go build", "the base images have no C library")
	for _, variable := range []string{"version", "commit"} {
		require.Contains(t, compile, "-X ninjaone-accelo/internal/version."+variable+"=${"+strings.ToUpper(variable)+"}")
	}
	for _, program := range []string{"worker", "starter"} {
		require.Contains(t, compile, " ./"+program)
		require.DirExists(t, "../"+program)
	}
}

// Each image contains one program, which checks its own health, and sets only variables that the program knows.
func TestDockerfileImages(t *testing.T) {
	t.Parallel()
	stages := readDockerfile(t)
	require.Len(t, stages, 3)
	for _, name := range []string{"worker", "starter"} {
		s := stages[name]
		require.NotNil(t, s, name)
		require.Regexp(t, `^gcr\.io/distroless/static-debian\d+:nonroot$`, s.base)
		require.Equal(t, map[string]string{"/programs/" + name: "/" + name}, s.copied)
		require.Equal(t, []string{"/" + name}, s.entrypoint)
		require.Equal(t, []string{"/" + name, "health"}, s.health)
		for _, variable := range s.env {
			require.Contains(t, config.Variables(), variable)
		}
	}
}

// The build context contains every package of the programs, and no settings.
func TestDockerignore(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("Dockerfile.dockerignore")
	require.NoError(t, err)
	lines := strings.Fields(regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(string(content), ""))
	require.Equal(t, "*", lines[0], "everything that is not named is excluded")
	for _, needed := range []string{"go.mod", "go.sum", "activities", "clients", "internal", "starter", "worker", "workflows"} {
		require.Contains(t, lines, "!"+needed)
		_, err := os.Stat(path.Join("..", needed))
		require.NoError(t, err)
	}
	require.NotContains(t, strings.Join(lines, "\n"), ".env")
}
