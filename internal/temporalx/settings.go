package temporalx

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// DefaultAddress is used if no address is set (interface.md 2).
const DefaultAddress = "127.0.0.1:7233"

// ErrSettings marks errors in the TEMPORAL_* variables or in the profile file.
var ErrSettings = errors.New("the TEMPORAL_* settings are wrong")

// Target is the server and the namespace that the settings name.
type Target struct {
	Address   string
	Namespace string
}

// Resolve reads the target from an environment in the form of os.Environ, including the files it names, without
// connecting. Its errors wrap ErrSettings.
func Resolve(environ []string) (Target, error) {
	options, err := clientOptions(environ)
	return Target{Address: options.HostPort, Namespace: options.Namespace}, err
}

// clientOptions reads the settings with contrib/envconfig, and adds the defaults.
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

// environment implements envconfig.EnvLookup for a given environment.
type environment map[string]string

// newEnvironment drops empty variables, because containers often pass unset ones as empty: an empty
// TEMPORAL_TLS_CLIENT_CERT_PATH would enable TLS. It keeps an empty header variable, which removes the header.
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

// mayHaveFile reports whether a profile file is named or can be in its default place. Without it, envconfig would look for
// the default place in the environment of this process.
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
