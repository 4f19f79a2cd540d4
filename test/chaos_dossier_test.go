package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// keepVariable names a directory in which a failing run leaves what it knows: the steps, what people and faults did, what both vendors and
// the database hold, the last calls, and the workflows.
const keepVariable = "CHAOS_KEEP"

// keepDossier writes what is needed to understand a failure, if there was one and CHAOS_KEEP is set.
func (c *chaosRun) keepDossier() {
	if os.Getenv(keepVariable) == "" || !c.t.Failed() {
		return
	}
	var cancel context.CancelFunc
	c.ctx, cancel = context.WithTimeout(context.WithoutCancel(c.ctx), stopTimeout) // the test's own has ended
	defer cancel()
	directory := filepath.Join(os.Getenv(keepVariable), fmt.Sprintf("seed-%d", c.seed))
	require.NoError(c.t, os.MkdirAll(directory, 0o750))
	steps := make([]string, len(c.schedule))
	for i, s := range c.schedule {
		steps[i] = s.String()
	}
	for name, value := range map[string]any{
		"steps": steps, "acts": c.journal, "accelo": c.accelo.state(), "ninjaone": c.ninjaOne.state(),
		"accelo-calls":   callJSON[[]any](c.testEnv, http.MethodGet, c.accelo.url+"/_lab/calls", nil),
		"ninjaone-calls": callJSON[[]any](c.testEnv, http.MethodGet, c.ninjaOne.url+"/_lab/calls", nil),
		"database":       c.tables(), "workflows": c.executions(),
	} {
		text, err := json.MarshalIndent(value, "", " ")
		require.NoError(c.t, err)
		require.NoError(c.t, os.WriteFile(filepath.Join(directory, name+".json"), text, 0o600))
	}
	c.t.Logf("what is known about the failure is in %s", directory)
}

// tables returns the rows of every table.
func (c *chaosRun) tables() map[string]json.RawMessage {
	c.t.Helper()
	database, err := pgx.Connect(c.ctx, c.database)
	require.NoError(c.t, err)
	defer func() { _ = database.Close(c.ctx) }()
	rows, err := database.Query(c.ctx, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
	require.NoError(c.t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(c.t, err)
	tables := map[string]json.RawMessage{}
	for _, name := range names {
		var all json.RawMessage
		err := database.QueryRow(c.ctx, `SELECT coalesce(json_agg(t), '[]') FROM `+pgx.Identifier{name}.Sanitize()+` t`).Scan(&all)
		require.NoError(c.t, err)
		tables[name] = all
	}
	return tables
}

// executions lists the workflows: id, status, begin and end.
func (c *chaosRun) executions() []string {
	var list []string
	var next []byte
	for {
		page, err := c.temporal.ListWorkflow(c.ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000, NextPageToken: next})
		if err != nil {
			return append(list, err.Error())
		}
		for _, one := range page.GetExecutions() {
			list = append(list, strings.Join([]string{
				one.GetStartTime().AsTime().Format(time.RFC3339Nano), one.GetCloseTime().AsTime().Format(time.RFC3339Nano), one.GetStatus().String(),
				one.GetExecution().GetWorkflowId(), one.GetExecution().GetRunId(),
			}, " "))
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return list
		}
	}
}
