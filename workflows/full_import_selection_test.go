package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// What an import is to bring in is stored as it begins: its activities read it from there. An input without it, as an earlier version
// started it, means everything.
func TestSelectionOfAFullImport(t *testing.T) {
	t.Parallel()
	for _, selection := range []rules.Selection{{}, {Records: []string{rules.DeviceRecords}, Organizations: []int{7}}} {
		fake := newFakeActivities(1)
		var begun rules.Selection
		fake.begin = func(_ context.Context, in activities.ImportBeginInput) error {
			begun = in.Selection
			return nil
		}
		env := newImportEnv(t, fake, nil).readingTakes(time.Second)
		env.runImport(flow.FullImportInput{Connection: "default", Selection: selection})
		env.importResult()
		require.Equal(t, selection, begun)
	}
}
