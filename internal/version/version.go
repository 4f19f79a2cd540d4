// Package version reports which build of the product is running. It imports nothing of ours, so every package may use it.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

const (
	product = "ninjaone-accelo"
	unknown = "unknown"
	// development is the version of a build without a tag or version control, such as a test binary.
	development = "dev"
)

// A release may set these at build time, which takes precedence over what the Go toolchain records:
//
//	go build -ldflags "-X ninjaone-accelo/internal/version.version=1.4.0 -X ninjaone-accelo/internal/version.commit=3f2a9c1"
var (
	version string
	commit  string
)

// Version returns the version without a leading "v", such as "1.4.0", or "dev" if the build has none.
func Version() string {
	return cmp.Or(strings.TrimPrefix(version, "v"), versionOf(buildInfo()))
}

// Commit returns the revision the program was built from, with the suffix "-dirty" if the work tree had changes, or "unknown".
func Commit() string {
	return cmp.Or(commit, commitOf(buildInfo()))
}

// GoVersion returns the version of the Go toolchain that built the program, such as "go1.26.0".
func GoVersion() string {
	return runtime.Version()
}

// String returns everything about the build on one line, such as "1.4.0 (commit 3f2a9c1, go1.26.0)".
func String() string {
	return fmt.Sprintf("%s (commit %s, %s)", Version(), Commit(), GoVersion())
}

// UserAgent returns the User-Agent header of the product's requests, such as "ninjaone-accelo/1.4.0 (go1.26.0)".
func UserAgent() string {
	return fmt.Sprintf("%s/%s (%s)", product, Version(), GoVersion())
}

// buildInfo returns what the Go toolchain recorded in the program: it is empty if the program was built without modules.
func buildInfo() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
}

func versionOf(info *debug.BuildInfo) string {
	recorded := strings.TrimPrefix(info.Main.Version, "v")
	if recorded == "" || recorded == "(devel)" {
		return development
	}
	return recorded
}

func commitOf(info *debug.BuildInfo) string {
	var revision, suffix string
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			suffix = "-dirty"
		}
	}
	if revision == "" {
		return unknown
	}
	return revision + suffix
}
