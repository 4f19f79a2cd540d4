package test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
)

var (
	// standardWords are Accelo's own, which a deployment may have replaced.
	standardWords = regexp.MustCompile(`(?i)\b(company|companies|contacts?|assets?|requests?)\b`)
	// technical is what keeps its name: commands, and what Accelo's API answers.
	technical = regexp.MustCompile("`[^`]*`|invalid_request")
)

// A deployment that calls everything otherwise reads nothing but its own words: on its records, in every report, and in Temporal.
func TestCustomizedNames(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := startAlerts(t, scenario{accelo: []string{"-mode", mode}})
			for object, titles := range map[string][2]string{
				"company": {"Client", "Clients"}, "contact": {"Individual", "Individuals"}, "asset": {"Machine", "Machines"}, "request": {"Enquiry", "Enquiries"},
			} {
				w.accelo.act("set-user-titles", map[string]any{"object": object, "singular": titles[0], "plural": titles[1]})
			}
			said := map[string]string{}
			run := func(code int, arguments ...string) string {
				result := w.run(arguments...)
				require.Equal(t, code, result.Code, "%v: %s", arguments, result.Stderr)
				said[fmt.Sprint(arguments)] = result.Stdout + result.Stderr
				return said[fmt.Sprint(arguments)]
			}
			if mode == "documented" {
				require.Contains(t, run(3, "connect"), "Settings > Machines > Types")
			}
			w.makeType(mode)
			run(0, "connect", "--json")

			acme, gamma := w.organization("Acme"), w.organization("Gamma")
			w.organization("Beta")
			w.accelo.act("add-company", map[string]any{"name": "Beta", "standing": "active"})
			w.accelo.act("add-company", map[string]any{"name": "BETA", "standing": "active"})
			device, wanderer, lost := w.machine(acme, "ACME-PC"), w.machine(acme, "WANDERER"), w.machine(acme, "LOST")
			w.machine(gamma, "GAMMA-PC")
			require.Contains(t, run(0, "import"), "several clients have this name")
			w.makeAssets()
			run(0, "import")
			w.quiet()
			acmeCompany, gammaCompany := w.companyNamed("Acme"), w.companyNamed("Gamma")
			w.accelo.act("add-contact", map[string]any{"company_id": acmeCompany.ID, "firstname": "Jane", "surname": "Doe"})
			affiliations := w.accelo.state().Affiliations
			w.accelo.act("choose-asset-contact", map[string]any{"id": w.assetTitled("ACME-PC").ID, "affiliation_id": affiliations[len(affiliations)-1].ID})
			w.accelo.act("move-asset", map[string]any{"id": w.assetTitled("WANDERER").ID, "company_id": gammaCompany.ID})
			w.accelo.act("delete-asset", map[string]any{"id": w.assetTitled("LOST").ID})
			uid, _ := w.opens(int(device), 1)
			w.opens(int(wanderer), 2)
			w.opens(int(lost), 3)
			w.trigger(int(device), condition(1))
			w.reset(uid)
			w.quiet()
			second, converted := w.opens(int(device), 4)
			w.accelo.act("convert-request", map[string]any{"id": converted.ID, "target": "issue"})
			w.quiet()
			run(4, "import")
			shown := run(0, "status")
			require.Contains(t, shown, `individual: "Jane Doe"`)
			require.Contains(t, shown, `client: "Gamma" (NinjaOne: "Acme")`)
			w.accelo.act("delete-company", map[string]any{"id": gammaCompany.ID})
			require.Contains(t, run(4, "import"), "client "+itoa(gammaCompany.ID)+" of organization")
			run(0, "status")
			run(0, "links", "list", "--kind", "device")
			run(0, "links", "show", "device", text(wanderer))
			run(1, "recreate", "device", text(device))
			run(1, "relink", "organization", text(acme), "999999")
			run(1, "relink", "alert", uid, "999999")
			w.ninjaOne.act("devices/delete", map[string]any{"id": device})
			run(0, "reconcile")
			w.quiet()

			for _, activity := range w.accelo.state().Activities {
				if activity.Medium == "note" {
					said[fmt.Sprintf("note %d", activity.ID)] = activity.Subject + "\n" + activity.Body
				}
			}
			for id, text := range w.temporalTexts() {
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

// temporalTexts are what executions say of themselves in Temporal's UI: summaries of their own and of their steps, and details.
func (w *alertWorld) temporalTexts() map[string]string {
	w.t.Helper()
	texts := map[string]string{}
	list, err := w.temporal.ListWorkflow(w.ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
	require.NoError(w.t, err)
	for _, execution := range list.Executions {
		id := execution.Execution.WorkflowId
		events := w.temporal.GetWorkflowHistory(w.ctx, id, execution.Execution.RunId, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(w.t, err)
			var summary string
			if payload := event.GetUserMetadata().GetSummary(); payload != nil {
				require.NoError(w.t, converter.GetDefaultDataConverter().FromPayload(payload, &summary))
			}
			texts[id] += summary + "\n"
		}
		if execution.Type.Name != "FullImport" || id == importID {
			texts[id] += w.details(id) + "\n"
		}
	}
	return texts
}
