package temporalx

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// DefaultAddress is where Temporal is looked for when nothing else is set (interface section 2).
const DefaultAddress = "127.0.0.1:7233"

// ErrSettings is the cause of every error that better TEMPORAL_* variables, or a better profile file, would avoid.
var ErrSettings = errors.New("the TEMPORAL_* settings are wrong")

// Target is which namespace of which server the settings name.
type Target struct {
	Address   string
	Namespace string
}

// Resolve reads the target from an environment in the form of os.Environ. It opens no connection, but reads the files
// that the settings name. Its errors are ErrSettings.
func Resolve(environ []string) (Target, error) {
	options, err := clientOptions(environ)
	return Target{Address: options.HostPort, Namespace: options.Namespace}, err
}

// clientOptions reads everything that contrib/envconfig knows, and fills in the defaults.
func clientOptions(environ []string) (client.Options, error) {
	lookup := newEnvironment(environ)
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{
		EnvLookup:   lookup,
		DisableFile: !lookup.mayHaveFile(),
	})
	if err != nil {
		return client.Options{}, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	if options.HostPort == "" {
		options.HostPort = DefaultAddress
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	return options, nil
}

// environment is the envconfig.EnvLookup of an environment that was handed over.
type environment map[string]string

// newEnvironment leaves out empty variables, as container set-ups pass on what is not set: an empty
// TEMPORAL_TLS_CLIENT_CERT_PATH would switch TLS on. An empty header variable is kept, since it removes the header.
func newEnvironment(environ []string) environment {
	lookup := make(environment, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		value = strings.TrimSpace(value)
		if value != "" || strings.HasPrefix(name, "TEMPORAL_GRPC_META_") {
			lookup[name] = value
		}
	}
	return lookup
}

// mayHaveFile tells whether a profile file is asked for, or can be at its usual place: os.UserConfigDir asks the process
// environment, which an environment without a home shall not.
func (e environment) mayHaveFile() bool {
	for _, name := range []string{"TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE", "XDG_CONFIG_HOME", "HOME"} {
		if e[name] != "" {
			return true
		}
	}
	return false
}

// Environ implements envconfig.EnvLookup.
func (e environment) Environ() []string {
	entries := make([]string, 0, len(e))
	for name, value := range e {
		entries = append(entries, name+"="+value)
	}
	return entries
}

// LookupEnv implements envconfig.EnvLookup.
func (e environment) LookupEnv(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}
