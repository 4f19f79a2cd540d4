// Package config reads every setting of the programs from an environment that is handed to it, once, and names all
// that is wrong with it in one error.
//
// It may not read the process environment, open files or connections, or log. The TEMPORAL_* variables that Temporal's
// own contrib/envconfig reads are known here by name only.
package config
