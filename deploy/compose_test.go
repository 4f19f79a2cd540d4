package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ninjaone-accelo/internal/config"
)

// compose is the part of docker-compose.yml that these tests check.
type compose struct {
	Services map[string]service
	Volumes  map[string]any
}

type service struct {
	Image       string
	Build       struct{ Context, Dockerfile, Target string }
	Restart     string
	Command     []string
	Entrypoint  []string
	EnvFile     string `yaml:"env_file"`
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Healthcheck struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

func readCompose(t *testing.T) compose {
	t.Helper()
	content, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var c compose
	require.NoError(t, yaml.Unmarshal(content, &c))
	require.NotEmpty(t, c.Services)
	return c
}

// programs returns the services that run our own programs, by the name of the program.
func (c compose) programs() map[string]service {
	programs := map[string]service{}
	for name, s := range c.Services {
		if s.Image == "" {
			programs[name] = s
		}
	}
	return programs
}

// port returns the port of an address.
func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?[a-z0-9.-]*$`)

// Every image is pinned to a version, or built by a stage of our Dockerfile.
func TestComposeImages(t *testing.T) {
	t.Parallel()
	stages := readDockerfile(t)
	for name, s := range readCompose(t).Services {
		if s.Image != "" {
			require.Regexp(t, pinned, s.Image, name)
			continue
		}
		require.Equal(t, ".", s.Build.Context, name)
		require.Equal(t, "deploy/Dockerfile", s.Build.Dockerfile, name)
		require.Contains(t, stages, s.Build.Target, name)
		require.Equal(t, name, s.Build.Target)
	}
}

// Our programs get only settings that they know, and their ports are published.
func TestComposePrograms(t *testing.T) {
	t.Parallel()
	stages := readDockerfile(t)
	programs := readCompose(t).programs()
	require.Len(t, programs, 2)
	for name, setting := range map[string]string{"worker": "METRICS_ADDRESS", "starter": "LISTEN_ADDRESS"} {
		s := programs[name]
		for variable := range s.Environment {
			require.Contains(t, config.Variables(), variable, name)
		}
		for _, variable := range []string{"DATABASE_URL", "TEMPORAL_ADDRESS", setting} {
			require.NotEmpty(t, s.Environment[variable], name)
		}
		require.Equal(t, ".env", s.EnvFile, name)
		number := port(s.Environment[setting])
		require.Equal(t, []string{number}, stages[name].exposed, name)
		require.True(t, slices.ContainsFunc(s.Ports, func(p string) bool { return strings.HasSuffix(p, ":"+number) }), name)
		require.Equal(t, append([]string{"CMD"}, stages[name].health...), s.Healthcheck.Test, name)
		if len(s.Command) > 0 {
			require.Equal(t, stages[name].command, s.Command, name)
		}
	}
}

// A service waits only for services that exist, for health only if that is checked, and for completion only if the service
// ends. All of them depend on PostgreSQL.
func TestComposeOrder(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services
	for name, s := range services {
		if name != "postgresql" {
			require.NotEmpty(t, s.DependsOn, name)
		}
		for other, wait := range s.DependsOn {
			require.Contains(t, services, other, name)
			switch wait.Condition {
			case "service_healthy":
				require.NotEmpty(t, services[other].Healthcheck.Test, other)
				require.Equal(t, "unless-stopped", services[other].Restart, other)
			case "service_completed_successfully":
				require.True(t, strings.HasPrefix(services[other].Restart, "on-failure"), other)
			default:
				require.Fail(t, "unknown condition", "%s: %s", name, wait.Condition)
			}
		}
	}
}

// Mounted directories exist, and so do the files that are used in them.
func TestComposeFiles(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	for name, s := range c.Services {
		mounts := map[string]string{}
		for _, volume := range s.Volumes {
			parts := strings.Split(volume, ":")
			require.GreaterOrEqual(t, len(parts), 2, name)
			if !strings.HasPrefix(parts[0], ".") {
				require.Contains(t, c.Volumes, parts[0], name)
				continue
			}
			require.DirExists(t, filepath.Join("..", parts[0]), name)
			mounts[parts[1]] = filepath.Join("..", parts[0])
		}
		used := append(slices.Clone(s.Entrypoint), s.Environment["DYNAMIC_CONFIG_FILE_PATH"])
		for _, path := range used {
			if strings.HasPrefix(path, "/setup") {
				require.FileExists(t, filepath.Join(mounts[filepath.Dir(path)], filepath.Base(path)), name)
			}
		}
	}
}

// Services use the names, ports and passwords of the services they call.
func TestComposeAddresses(t *testing.T) {
	t.Parallel()
	services := readCompose(t).Services
	const password = "${POSTGRES_PASSWORD:?set it in .env}"
	require.Equal(t, password, services["postgresql"].Environment["POSTGRES_PASSWORD"])
	database := services["postgresql"].Environment["POSTGRES_DB"]
	for _, name := range []string{"worker", "starter"} {
		require.Equal(t, "postgres://postgres:"+password+"@postgresql:5432/"+database+"?sslmode=disable",
			services[name].Environment["DATABASE_URL"])
	}
	for name, s := range services {
		if address, ok := s.Environment["TEMPORAL_ADDRESS"]; ok {
			require.Equal(t, "temporal:7233", address, name)
		}
	}
	namespace := services["temporal-namespace"].Environment["TEMPORAL_NAMESPACE"]
	require.Equal(t, namespace, services["worker"].Environment["TEMPORAL_NAMESPACE"])
	require.Equal(t, namespace, services["starter"].Environment["TEMPORAL_NAMESPACE"])
	// Without a colon, which would replace an empty value: it hides the links.
	require.Equal(t, "${TEMPORAL_UI_URL-http://127.0.0.1:8233}", services["starter"].Environment["TEMPORAL_UI_URL"])
	require.Equal(t, []string{"127.0.0.1:8233:8080"}, services["temporal-ui"].Ports)
}
