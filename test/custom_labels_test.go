package test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"ninjaone-accelo/internal/simulator/accelo"
)

var (
	// standardWords are Accelo's standard labels, which a deployment can rename.
	standardWords = regexp.MustCompile(`(?i)\b(company|companies|contacts?|assets?|requests?)\b`)
	// technical matches commands and Accelo's API errors, which keep their names.
	technical = regexp.MustCompile("`[^`]*`|invalid_request")
)

// In a deployment with renamed labels, notes, reports and Temporal use only these labels.
func TestCustomLabels(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newRunningAlertEnv(t, scenario{accelo: []string{"-mode", string(mode)}})
			for object, titles := range map[string][2]string{
				"company": {"Client", "Clients"}, "contact": {"Individual", "Individuals"}, "asset": {"Machine", "Machines"}, "request": {"Enquiry", "Enquiries"},
			} {
				e.accelo.act("set-user-titles", map[string]any{"object": object, "singular": titles[0], "plural": titles[1]})
			}
			said := map[string]string{}
			run := func(code int, arguments ...string) string {
				result := e.starter(arguments...)
				require.Equal(t, code, result.Code, "%v: %s", arguments, result.Stderr)
				said[fmt.Sprint(arguments)] = result.Stdout + result.Stderr
				return said[fmt.Sprint(arguments)]
			}
			if mode == accelo.ModeDocumented {
				require.Contains(t, run(3, "connect"), "Settings > Machines > Types")
			}
			e.addAssetTypeIfDocumented(mode)
			run(0, "connect", "--json")

			acme, gamma := e.addOrganization("Acme"), e.addOrganization("Gamma")
			e.addOrganization("Beta")
			e.accelo.act("add-company", map[string]any{"name": "Beta", "standing": "active"})
			e.accelo.act("add-company", map[string]any{"name": "BETA", "standing": "active"})
			device, wanderer, lost := e.addWorkstation(acme, "ACME-PC"), e.addWorkstation(acme, "WANDERER"), e.addWorkstation(acme, "LOST")
			e.addWorkstation(gamma, "GAMMA-PC")
			require.Contains(t, run(0, "import"), "several clients have this name")
			e.addWaitingAssets()
			run(0, "import")
			e.waitUntilIdle()
			acmeCompany, gammaCompany := e.companyNamed("Acme"), e.companyNamed("Gamma")
			e.accelo.act("add-contact", map[string]any{"company_id": acmeCompany.ID, "firstname": "Jane", "surname": "Doe"})
			affiliations := e.accelo.state().Affiliations
			e.accelo.act("choose-asset-contact", map[string]any{"id": e.assetTitled("ACME-PC").ID, "affiliation_id": affiliations[len(affiliations)-1].ID})
			e.accelo.act("move-asset", map[string]any{"id": e.assetTitled("WANDERER").ID, "company_id": gammaCompany.ID})
			e.accelo.act("delete-asset", map[string]any{"id": e.assetTitled("LOST").ID})
			uid, _ := e.openRequest(int(device), 1)
			e.openRequest(int(wanderer), 2)
			e.openRequest(int(lost), 3)
			e.trigger(int(device), condition(1))
			e.reset(uid)
			e.waitUntilIdle()
			second, converted := e.openRequest(int(device), 4)
			e.accelo.act("convert-request", map[string]any{"id": converted.ID, "target": "issue"})
			e.waitUntilIdle()
			run(4, "import")
			shown := run(0, "status")
			require.Contains(t, shown, `individual: "Jane Doe"`)
			require.Contains(t, shown, `client: "Gamma" (NinjaOne: "Acme")`)
			e.accelo.act("delete-company", map[string]any{"id": gammaCompany.ID})
			require.Contains(t, run(4, "import"), "Client "+itoa(gammaCompany.ID)+" (organization")
			run(0, "status")
			run(0, "links", "list", "--kind", "device")
			run(0, "links", "show", "device", itoa(wanderer))
			run(1, "recreate", "device", itoa(device))
			run(1, "relink", "organization", itoa(acme), "999999")
			run(1, "relink", "alert", uid, "999999")
			e.ninjaOne.act("devices/delete", map[string]any{"id": device})
			run(0, "reconcile")
			e.waitUntilIdle()

			for _, activity := range e.accelo.state().Activities {
				if activity.Medium == "note" {
					said[fmt.Sprintf("note %d", activity.ID)] = activity.Subject + "\n" + activity.Body
				}
			}
			for id, text := range e.temporalTexts() {
				said[id] = text
			}
			for _, id := range []string{alertTriggered(uid), alertTriggered(second), importID, requestClosed(itoa(converted.ID))} {
				require.Contains(t, said, id)
			}
			for where, text := range said {
				require.NotRegexp(t, standardWords, technical.ReplaceAllString(text, ""), where)
			}
		})
	}
}

// temporalTexts returns the texts of each workflow that Temporal's UI shows: details, and the summaries of the workflow and its steps.
func (e *alertEnv) temporalTexts() map[string]string {
	e.t.Helper()
	texts := map[string]string{}
	list, err := e.temporal.ListWorkflow(e.ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
	require.NoError(e.t, err)
	for _, execution := range list.Executions {
		id := execution.Execution.WorkflowId
		events := e.temporal.GetWorkflowHistory(e.ctx, id, execution.Execution.RunId, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(e.t, err)
			var summary string
			if payload := event.GetUserMetadata().GetSummary(); payload != nil {
				require.NoError(e.t, converter.GetDefaultDataConverter().FromPayload(payload, &summary))
			}
			texts[id] += summary + "\n"
		}
		if execution.Type.Name != "FullImport" || id == importID {
			texts[id] += e.workflowDetails(id) + "\n"
		}
	}
	return texts
}
