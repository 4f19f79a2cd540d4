package workflows_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/workflows"
)

// names is a registry that only records the names of what is registered.
type names struct {
	worker.Registry
	found []string
}

func (n *names) RegisterWorkflowWithOptions(_ any, options workflow.RegisterOptions) {
	n.found = append(n.found, "workflow "+options.Name)
}

// RegisterActivity records the names of a struct's methods, by which activities are registered.
func (n *names) RegisterActivity(implementation any) {
	methods := reflect.TypeOf(implementation)
	for i := range methods.NumMethod() {
		n.found = append(n.found, "activity "+methods.Method(i).Name)
	}
}

// Histories refer to workflows and activities by name, and a running workflow breaks if a name disappears. So
// testdata/registered_names.txt lists every name that was released: add new names, and never change or remove one.
func TestRegisteredNames(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("testdata/registered_names.txt")
	require.NoError(t, err)
	var registry names
	workflows.RegisterAll(&registry, &activities.Activities{})
	slices.Sort(registry.found)
	released := strings.Split(strings.TrimSpace(string(list)), "\n")
	require.Subset(t, registry.found, released, "a released name is missing")
	require.Subset(t, released, registry.found, "a new name is not listed yet")
}
