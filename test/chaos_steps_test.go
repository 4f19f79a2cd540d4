package test

import (
	"strings"
)

// The kinds of steps. Those of people are named after what they do.
const (
	stepFire  = "fire"
	stepClear = "clear"

	stepClose         = "close"
	stepCloseMistaken = "close-by-mistake"
	stepReopen        = "reopen"
	stepConvert       = "convert"
	stepTriage        = "triage"
	stepDeleteRequest = "delete-request"
	stepHandRequest   = "hand-request"

	stepRenameAsset    = "rename-asset"
	stepMoveAsset      = "move-asset"
	stepDeleteAsset    = "delete-asset"
	stepHandAsset      = "hand-asset"
	stepCommentCompany = "comment-company"
	stepRenameCompany  = "rename-company"
	stepHandCompany    = "hand-company"
	stepMergeCompanies = "merge-companies"
	stepDeleteCompany  = "delete-company"

	stepNewDevice       = "new-device"
	stepNewOrganization = "new-organization"

	stepTerminate        = "terminate"
	stepCancel           = "cancel"
	stepReplaceWebhook   = "replace-webhook"
	stepDropSubscription = "drop-subscription"
)

// actsOfPeople are what people do in Accelo, the more likely acts more than once.
var actsOfPeople = []string{
	stepClose, stepClose, stepClose, stepClose, stepCloseMistaken, stepReopen, stepReopen, stepConvert, stepConvert, stepTriage, stepTriage,
	stepDeleteRequest, stepHandRequest,
	stepRenameAsset, stepRenameAsset, stepRenameAsset, stepMoveAsset, stepDeleteAsset, stepHandAsset, stepHandAsset,
	stepCommentCompany, stepRenameCompany, stepHandCompany, stepMergeCompanies,
}

// do does a step, if there is anything that it can concern.
func (c *chaosRun) do(s step) {
	c.t.Helper()
	c.random = s.random(c.seed)
	if c.perform(s) {
		c.done[s.kind]++
		c.ledger.events++
	}
}

func (c *chaosRun) perform(s step) bool {
	c.t.Helper()
	switch s.kind {
	case stepFire:
		return c.triggerAlert()
	case stepClear:
		return c.resetRandomAlert()
	case stepClose, stepCloseMistaken, stepReopen, stepConvert, stepTriage, stepDeleteRequest:
		return c.workOnRequest(s.kind)
	case stepHandRequest:
		return c.addRequestByHand()
	case stepRenameAsset, stepMoveAsset, stepDeleteAsset, stepHandAsset:
		return c.workOnAsset(s)
	case stepCommentCompany, stepRenameCompany, stepHandCompany, stepMergeCompanies, stepDeleteCompany:
		return c.workOnCompany(s)
	case stepNewDevice:
		return c.growDevice()
	case stepNewOrganization:
		return c.growOrganization("")
	case stepTerminate, stepCancel:
		return c.endWorkflow(s.kind)
	case stepReplaceWebhook, stepDropSubscription:
		return c.loseRegistration(s.kind)
	}
	c.disruptor.asked <- s.kind // it counts what it has done
	return false
}

// actCount returns how many acts of people took place.
func (c *chaosRun) actCount() (total int) {
	kinds := map[string]bool{stepDeleteCompany: true}
	for _, kind := range actsOfPeople {
		kinds[kind] = true
	}
	for kind := range kinds {
		total += c.done[kind]
	}
	return total
}

// loseRegistration removes a webhook: another tool replaces NinjaOne's only one, or Accelo drops its subscription. No event arrives until
// a reconciliation registers it again.
func (c *chaosRun) loseRegistration(kind string) (lost bool) {
	c.t.Helper()
	switch {
	case c.noWebhookLoss:
		return false
	case kind == stepReplaceWebhook:
		return c.ninjaOne.tryAct("webhook", map[string]any{"url": "http://127.0.0.1:9/of-another-tool"})
	}
	for _, subscription := range c.accelo.state().Subscriptions {
		lost = c.accelo.tryAct("delete-subscription", map[string]any{"id": subscription.ID}) || lost
	}
	return lost
}

// endWorkflow terminates or cancels a random workflow, as someone might do in Temporal's UI: an event's, an import or a reconciliation.
func (c *chaosRun) endWorkflow(kind string) bool {
	c.t.Helper()
	running := c.running()
	if len(running) == 0 {
		return false
	}
	id := running[c.random.IntN(len(running))]
	end := func() error { return c.temporal.TerminateWorkflow(c.ctx, id, "", "by the chaos suite") }
	if kind == stepCancel {
		end = func() error { return c.temporal.CancelWorkflow(c.ctx, id, "") }
	}
	if end() != nil { // it ended in the meantime, or Temporal is down
		return false
	}
	if strings.HasPrefix(id, "full-import/") || strings.HasPrefix(id, "import-organization/") {
		c.ledger.imported = false // it has to be started again
	}
	return true
}
