package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// running reports whether an execution is running.
func (e *testEnv) running(workflowID string) bool {
	e.t.Helper()
	description, err := e.temporal.DescribeWorkflowExecution(e.ctx, workflowID, "")
	require.NoError(e.t, err)
	return description.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// companyOf returns the name of the company that a request belongs to.
func companyOf(t testing.TB, world accelo.World, request accelo.Request) string {
	t.Helper()
	affiliation := findOne(t, "the affiliation", world.Affiliations, func(a accelo.Affiliation) bool { return a.ID == request.AffiliationID })
	return findOne(t, "the company", world.Companies, func(c accelo.Company) bool { return c.ID == affiliation.CompanyID }).Name
}

// A connection that was tried with a sandbox moves to the real deployment only on purpose, and takes nothing along: no link, although both
// have a company of every id, no flow that is under way, and no worker that runs since before. What is still active in NinjaOne opens its
// request in the real deployment.
func TestMoveToAnotherDeployment(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 6, accelo: []string{"-deployment", "sandbox"}})
	url, err := e.stack.StartSimulator(e.ctx, "accelo-simulator", 0, "-deployment", "production", "-companies", "4", "-seed", "77")
	require.NoError(t, err)
	production := simulator[accelo.World]{e.testEnv, url}
	settings := []string{"ACCELO_URL=" + url}
	initial := production.state()
	device, organization := e.device(0)
	tried, _ := e.openRequest(device.ID, 1)
	require.True(t, slices.ContainsFunc(initial.Companies, func(c accelo.Company) bool {
		return slices.ContainsFunc(e.accelo.state().Companies, func(other accelo.Company) bool { return other.ID == c.ID && other.Name != c.Name })
	}), "the deployments have companies of the same id")

	refused := e.starterWith(settings, "connect", "--json")
	require.Equal(t, 3, refused.Code, refused.Stderr)
	require.Contains(t, refused.Stdout, "belongs to the Accelo deployment sandbox, and the credentials are for production")
	require.Contains(t, refused.Stdout, "--new-pair")
	require.Equal(t, initial.AssetTypes, production.state().AssetTypes)
	_, going := e.openRequest(device.ID, 2)
	require.NotZero(t, going.ID, "the sandbox goes on")

	e.accelo.setFaults(lab.Fault{Method: http.MethodPost, Kind: lab.FaultStatus, Status: http.StatusServiceUnavailable, Path: "/(requests|companies)$"})
	waiting := e.trigger(device.ID, condition(3))
	e.waitUntil("the alert's workflow waits", func() bool {
		return slices.Contains(e.findWorkflows(`ExecutionStatus = 'Running'`), flow.AlertTriggeredID(connection, waiting))
	})
	e.ninjaOne.act("organizations", map[string]any{"name": "Calloway Accounting"})
	require.Equal(t, 0, e.starter("import", "--wait=false").Code)
	e.waitUntil("the import waits", func() bool {
		return slices.Contains(e.findWorkflows(`ExecutionStatus = 'Running' AND WorkflowType = 'ImportOrganization'`),
			flow.ImportOrganizationID(connection, e.ninjaOne.state().Organizations[3].ID))
	})

	moved := e.starterWith(settings, "connect", "--new-pair")
	require.Equal(t, 0, moved.Code, moved.Stdout+moved.Stderr)
	require.Contains(t, moved.Stdout, "everything about the former ones is forgotten")
	e.waitUntil("what was under way has ended", func() bool {
		return !e.running(flow.AlertTriggeredID(connection, waiting)) && !e.running(importID)
	})
	require.Empty(t, e.accelo.state().Subscriptions)
	e.accelo.setFaults()
	sandbox := e.accelo.state()

	live := e.trigger(device.ID, condition(4))
	e.waitUntilIdle()
	e.waitUntil("the live alert has its request", func() bool { return len(requestsNaming(production.state(), live)) == 1 })
	require.Zero(t, e.runImport().Alerts.Failed) // with the settings of the sandbox, which no longer count
	world := production.state()
	for _, uid := range []string{tried, waiting, live} {
		requests := requestsNaming(production.state(), uid)
		require.Len(t, requests, 1, "requests of alert %s", uid)
		require.True(t, strings.EqualFold(organization.Name, companyOf(t, world, requests[0])), requests[0])
	}
	for _, company := range initial.Companies {
		after := findOne(t, "the company", world.Companies, func(c accelo.Company) bool { return c.ID == company.ID })
		require.Equal(t, company.Name, after.Name, "nothing of production is renamed")
	}
	require.Equal(t, sandbox.Requests, e.accelo.state().Requests, "nothing happens in the sandbox any more")
	require.Equal(t, sandbox.Companies, e.accelo.state().Companies)
}

// The same with NinjaOne: another tenant renames no company, and the same tenant under another address goes on.
func TestAnotherNinjaOneTenant(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 6})
	url, err := e.stack.StartSimulator(e.ctx, "ninjaone-simulator", 0, "-organizations", "3", "-devices", "6", "-alerts", "0", "-seed", "77")
	require.NoError(t, err)
	before := e.accelo.state()
	settings := []string{"NINJAONE_URL=" + url}
	refused := e.starterWith(settings, "connect", "--json")
	require.Equal(t, 3, refused.Code, refused.Stderr)
	require.Contains(t, refused.Stdout, "another NinjaOne tenant")
	require.Nil(t, simulator[ninjaone.World]{e.testEnv, url}.state().Webhook)
	report := e.runImport()
	require.Zero(t, report.Organizations.Updated+report.Organizations.Created)
	require.Equal(t, before.Companies, e.accelo.state().Companies)

	proxy := newTCPProxy(t, strings.TrimPrefix(e.ninjaOne.url, "http://"))
	kept := e.starterWith([]string{"NINJAONE_URL=http://" + proxy.address}, "connect")
	require.Equal(t, 0, kept.Code, kept.Stdout+kept.Stderr)
	require.NotContains(t, kept.Stdout, "accounts")
	report = e.runImport()
	require.Zero(t, report.Organizations.Created+report.Devices.Created)
}
