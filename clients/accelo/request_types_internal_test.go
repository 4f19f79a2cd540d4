package accelo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every spelling of an object type is normalized to the API's singular name (accelo.md 7.1 and 12).
func TestObjectType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"company": "company", "companies": "company", "Issue": "issue", "issues": "issue", " jobs ": "job",
		"prospect": "prospect", "activities": "activity", "Ticket": "issue", "projects": "job", "Sales": "prospect", "": "", "0": "", "null": "",
	} {
		require.Equal(t, want, objectType(in), in)
	}
}
