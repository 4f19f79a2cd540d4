package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

// connectReport is the report of a connection where everything is in place.
func connectReport() connect.Report {
	return connect.Report{
		Connection: "default", Ready: true, Labels: standardLabels(), Todo: []string{},
		NinjaOne:     connect.NinjaOneReport{OK: true, URL: "https://app.ninjarmm.com", Auth: "oauth"},
		Accelo:       connect.AcceloReport{OK: true, URL: "https://acme.api.accelo.com", Deployment: "acme", Remaining: 4990},
		RequestType:  connect.TypeReport{ID: pointer(int64(3)), Title: "NinjaOne Alerts"},
		AssetType:    connect.AssetTypeReport{TypeReport: connect.TypeReport{ID: pointer(int64(4)), Title: "NinjaOne Device"}, MissingFields: []string{}},
		Webhooks:     flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered},
		Schedule:     "every 5 minutes",
		Capabilities: store.Capabilities{CreateAssets: pointer(true), CreateAssetTypes: pointer(true), CreateAssetFields: pointer(true)},
	}
}

func TestConnectText(t *testing.T) {
	t.Parallel()
	documented := connectReport()
	documented.Labels = customLabels()
	documented.Accelo.Remaining = 1
	documented.Capabilities = store.Capabilities{
		CreateAssets: pointer(false), CreateAssetTypes: pointer(false), CreateAssetFields: pointer(false), SetFieldsOnCreate: pointer(false),
	}
	documented.AssetType.MissingFields = []string{"role"}
	documented.Todo = []string{"Add the missing custom fields."}

	wrong := connectReport()
	wrong.Ready = false
	wrong.NinjaOne.OK, wrong.Accelo = false, connect.AcceloReport{URL: "https://acme.api.accelo.com"}
	wrong.RequestType.ID, wrong.AssetType.ID = nil, nil
	wrong.Webhooks = flow.Webhooks{NinjaOne: "not registered: credentials not accepted", Accelo: "not registered: credentials not accepted"}
	wrong.Schedule = "not scheduled: credentials not accepted yet"
	wrong.Todo = []string{"NinjaOne does not accept the credentials", "Accelo does not accept the credentials"}

	types := connectReport()
	types.Ready = false
	types.RequestType.ID, types.AssetType.ID = nil, nil
	types.Webhooks = flow.Webhooks{NinjaOne: "not registered: PUBLIC_URL is not set", Accelo: "not registered: PUBLIC_URL is not set"}
	types.Todo = []string{"Create the request type.", "Create the asset type."}
	refused := connectReport()
	refused.Ready, refused.Accelo.Deployment = false, "production"
	refused.Pair = connect.PairReport{Number: 1, Change: connect.PairRefused, Reason: "The connection belongs to sandbox."}
	refused.Schedule, refused.Todo = "not changed", []string{"The connection belongs to sandbox. Nothing was changed."}
	unasked := wrong
	unasked.Pair = connect.PairReport{Number: 1, Change: connect.PairRefused, Reason: "Nothing was changed."}
	moved := connectReport()
	moved.Pair = connect.PairReport{Number: 2, Change: connect.PairMoved}
	requireGoldens(t, "connect", map[string]string{
		"ready": connectText(connectReport()), "documented": connectText(documented), "everything-wrong": connectText(wrong),
		"types-missing": connectText(types), "refused": connectText(refused), "unasked": connectText(unasked), "moved": connectText(moved),
	})
}

func TestConnectExit(t *testing.T) {
	t.Parallel()
	report := connectReport()
	require.Equal(t, program.ExitDone, program.ExitCode(connectExit(report)))
	report.Todo = []string{"Create the request type."}
	require.Equal(t, program.ExitToDo, program.ExitCode(connectExit(report)))
}
