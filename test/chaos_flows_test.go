package test

import "strings"

// endWorkflows terminates or cancels random workflows, as someone might do in Temporal's UI: events, imports and reconciliations alike.
func (c *chaosRun) endWorkflows(times int) {
	c.t.Helper()
	for range times {
		running := c.running()
		if len(running) == 0 {
			return
		}
		id := running[c.random.IntN(len(running))]
		what, end := "cancelled", func() error { return c.temporal.CancelWorkflow(c.ctx, id, "") }
		if c.random.IntN(3) > 0 {
			what, end = "terminated", func() error { return c.temporal.TerminateWorkflow(c.ctx, id, "", "by the chaos suite") }
		}
		if end() != nil { // it ended in the meantime, or Temporal is down
			continue
		}
		c.ended[what]++
		c.ledger.events++
		if strings.HasPrefix(id, "full-import/") || strings.HasPrefix(id, "import-organization/") {
			c.ledger.imported = false // it has to be started again
		}
	}
}
