package main

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func TestLinksTexts(t *testing.T) {
	t.Parallel()
	device := store.FoundLink{
		Kind: store.Devices, NinjaID: "8", Name: "Reception", State: store.Linked, AcceloID: 12, CompanyID: 3, DeletedAt: &noon,
		ManualChanges: []rules.ManualChange{{Field: "title", Accelo: "Reception", Ninja: "ACME-PC"}},
	}
	organization := store.FoundLink{
		Kind: store.Organizations, NinjaID: "7", Name: "Acme", State: store.Linked, AcceloID: 3, Problem: "client 3 was deleted",
		ManualChanges: []rules.ManualChange{{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"}, {Field: "comments", Accelo: "bills", Ninja: ""}},
	}
	failed := store.FoundLink{Kind: store.Alerts, NinjaID: "u-1", Name: "Disk C: is full", State: store.Failed, Problem: "no organization"}
	key := store.Key{Connection: "default", Kind: store.Devices, NinjaID: "8"}
	history := []store.LinkEvent{
		{At: noon, State: "forgotten", Actor: "a user (starter forget)", AcceloID: 12},
		{At: noon.Add(-time.Hour), State: store.Linked, AcceloID: 12, Changes: map[string]store.FieldChange{
			"title": {To: "ACME-PC", From: "ACME"}, "company_id": {To: "3"},
		}},
		{At: noon.Add(-2 * time.Hour), State: store.Linked, Outcome: rules.Created, WorkflowID: "full-import/default", ImportID: "r-1", AcceloID: 12},
		{At: noon.Add(-3 * time.Hour), State: store.Claimed},
	}
	requireGoldens(t, "links", map[string]string{
		"list-nothing":  linkListText(linkList{}, standardLabels()),
		"list-one":      linkListText(linkList{Total: 1, Links: []store.FoundLink{device}}, standardLabels()),
		"list-many":     linkListText(linkList{Total: 1200, Links: []store.FoundLink{organization, device, failed}}, customLabels()),
		"show":          shownLinkText(shownLink{Link: &device, History: history}, key, customLabels()),
		"show-unlinked": shownLinkText(shownLink{History: history[:1]}, key, standardLabels()),
	})
}

func TestCorrectionTexts(t *testing.T) {
	t.Parallel()
	result := corrections.Result{Connection: "default", Kind: store.Devices, NinjaID: "8", Before: 9, AcceloID: 12, Labels: standardLabels()}
	require.Equal(t, "Linked device 8 to asset 12 (was 9). The next import updates it and keeps any manual changes.\n", relinkText(result))
	result.Before, result.Labels = 0, customLabels()
	require.Equal(t, "Linked device 8 to machine 12. The next import updates it and keeps any manual changes.\n", relinkText(result))
	alert := corrections.Result{Kind: store.Alerts, NinjaID: "u-1", Before: 31, AcceloID: 32, Labels: standardLabels()}
	require.Equal(t, "Linked alert u-1 to request 32 (was 31).\n", relinkText(alert))

	require.Equal(t, "Unlinked device 8. The next import matches it again, or creates it if nothing matches.\n", forgetText(result))
	require.Equal(t, "The next import recreates device 8.\n", recreateText(result))
	result.Kind, result.Devices, result.Labels = store.Organizations, []string{"8"}, standardLabels()
	require.Equal(t, "The next import recreates organization 8 and the deleted asset of 1 device.\n", recreateText(result))
	result.Devices = []string{"8", "9"}
	require.Equal(t, "The next import recreates organization 8 and the deleted assets of 2 devices.\n", recreateText(result))
}

func TestExplainCorrection(t *testing.T) {
	t.Parallel()
	held := &store.HeldError{Key: store.Key{Kind: store.Devices, NinjaID: "8"}, Until: noon}
	require.ErrorContains(t, explainCorrection("default", held, noon.Add(-time.Minute)), "Try again after that")
	require.ErrorContains(t, explainCorrection("default", held, noon.Add(time.Minute)), "Run `starter import`")
	require.Equal(t, program.ExitBadUsage, program.ExitCode(explainCorrection("default", &corrections.InputError{Reason: "no"}, noon)))
	other := errors.New("other")
	require.Equal(t, other, explainCorrection("default", other, noon))
}

func TestRetryText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "No failed syncs: nothing to retry.\n", retryText(nil, launch.Selection{}))
	require.Equal(t, "No failed sync matches: nothing to retry.\n", retryText(nil, launch.Selection{Device: 8}))
	require.Equal(t, "Retrying device 8 (import-organization/default/7)\nRetrying alert u-1 (alert-triggered/default/u-1)\n", retryText([]store.Failure{
		{WorkflowID: "import-organization/default/7", Kind: "device", NinjaID: "8"},
		{WorkflowID: "alert-triggered/default/u-1", Kind: "alert", NinjaID: "u-1"},
	}, launch.Selection{}))
}
