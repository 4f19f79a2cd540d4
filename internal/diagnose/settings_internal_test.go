package diagnose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A secret that a reason quotes is removed in every encoding in which it may stand there. Words that are no secrets stay.
func TestScrubbedArchive(t *testing.T) {
	t.Parallel()
	const secret = `k&y<"1\2`
	a := &archive{scrubber: newScrubber([]string{
		"NINJAONE_CLIENT_SECRET=" + secret, "ACCELO_CLIENT_SECRET=" + secret + "-longer", "DATABASE_URL=postgres://app:pass%2Fword@host/app",
		"REMOTE_CONTROL=dashboard", "TEMPORAL_PROFILE=default", "CREDENTIALS_KEY_PREVIOUS=older-key=, oldest-key=",
	})}
	a.add("failures.json", []string{
		"quoted " + secret, "longer " + secret + "-longer", "query k%26y%3C%221%5C2", "path k&y%3C%221%5C2", "pass/word", "dashboard", "default",
		"one oldest-key=", "older-key=",
	})
	require.NoError(t, a.err)
	require.JSONEq(t, `["quoted [removed]", "longer [removed]", "query [removed]", "path [removed]", "[removed]", "dashboard", "default",
		"one [removed]", "[removed]"]`,
		string(a.files[0].Data))
}
