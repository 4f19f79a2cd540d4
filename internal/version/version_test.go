package version

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionOfBuildInfo(t *testing.T) {
	for name, test := range map[string]struct {
		recorded string
		want     string
	}{
		"release":                      {recorded: "v1.4.0", want: "1.4.0"},
		"commit after a release":       {recorded: "v1.4.1-0.20260301120000-3f2a9c1b4d5e+dirty", want: "1.4.1-0.20260301120000-3f2a9c1b4d5e+dirty"},
		"build without version":        {recorded: "(devel)", want: "dev"},
		"build without any build info": {recorded: "", want: "dev"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, versionOf(&debug.BuildInfo{Main: debug.Module{Version: test.recorded}}))
		})
	}
}

func TestCommitOfBuildInfo(t *testing.T) {
	for name, test := range map[string]struct {
		settings []debug.BuildSetting
		want     string
	}{
		"clean work tree": {
			settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "3f2a9c1"}, {Key: "vcs.modified", Value: "false"}},
			want:     "3f2a9c1",
		},
		"changed work tree": {
			settings: []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "3f2a9c1"}},
			want:     "3f2a9c1-dirty",
		},
		"no version control": {want: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, commitOf(&debug.BuildInfo{Settings: test.settings}))
		})
	}
}

// What a release sets with -ldflags takes precedence over the build info.
func TestOverride(t *testing.T) {
	version, commit = "v2.0.0", "3f2a9c1"
	t.Cleanup(func() { version, commit = "", "" })

	require.Equal(t, "2.0.0", Version())
	require.Equal(t, "3f2a9c1", Commit())
	require.Equal(t, "ninjaone-accelo/2.0.0 ("+runtime.Version()+")", UserAgent())
	require.Equal(t, "2.0.0 (commit 3f2a9c1, "+runtime.Version()+")", String())
}

func TestDefaultsAreNeverEmpty(t *testing.T) {
	require.NotEmpty(t, Version())
	require.NotEmpty(t, Commit())
	require.Equal(t, runtime.Version(), GoVersion())
	require.Equal(t, "ninjaone-accelo/"+Version()+" ("+GoVersion()+")", UserAgent())
}
