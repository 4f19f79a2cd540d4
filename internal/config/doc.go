// Package config reads all settings of the programs from an environment and reports everything that is wrong with them in
// one error.
//
// It may not read the environment of the process, open files or connections, or log. It knows the TEMPORAL_* variables,
// which Temporal's contrib/envconfig reads, by name only.
package config
