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

// names is a registry that only remembers under which names things are registered. What it does not know panics.
type names struct {
	worker.Registry
	found []string
}

func (n *names) RegisterWorkflowWithOptions(_ any, options workflow.RegisterOptions) {
	n.found = append(n.found, "workflow "+options.Name)
}

// RegisterActivity notes a struct's methods, which are registered by their names.
func (n *names) RegisterActivity(implementation any) {
	methods := reflect.TypeOf(implementation)
	for i := range methods.NumMethod() {
		n.found = append(n.found, "activity "+methods.Method(i).Name)
	}
}

// Histories refer to workflows and activities by name, and running ones break when a name goes. So testdata/registered_names.txt
// lists all that were ever released: add new names there, and never change or remove one.
func TestRegisteredNames(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("testdata/registered_names.txt")
	require.NoError(t, err)
	var registry names
	workflows.RegisterAll(&registry, &activities.Activities{})
	slices.Sort(registry.found)
	released := strings.Split(strings.TrimSpace(string(list)), "\n")
	require.Subset(t, registry.found, released, "a released name is gone")
	require.Subset(t, released, registry.found, "a new name is not listed yet")
}
