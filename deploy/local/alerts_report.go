package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// alertReport shows the results of the tour of alerts.
type alertReport struct {
	session       *session
	ninja, accelo simulator
	at            urls
}

// print waits until both vendors agree, and prints a table of the alerts and their links.
func (r *alertReport) print(ctx context.Context, alerts []*demoAlert) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  Alert\tWhat happened\tNinjaOne\tAccelo\t")
	for _, alert := range alerts {
		found, err := await(ctx, r.ninja, r.accelo, alert, alert.done)
		if err != nil {
			return err
		}
		_, active, err := find(ctx, r.ninja, r.accelo, alert.uid)
		if err != nil {
			return err
		}
		alert.links = r.links(alert.uid, found.ID)
		standing := fmt.Sprintf("request %d %s", found.ID, found.Standing)
		if found.ConversionID != 0 {
			standing += fmt.Sprintf(" (%s %d)", found.ConversionType, found.ConversionID)
		}
		inNinjaOne := map[bool]string{true: "active", false: "reset"}[active]
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t\n", alert.message, alert.action, inNinjaOne, standing)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Println()
	for _, alert := range alerts {
		fmt.Printf("  %s\n    %s\n", alert.message, strings.Join(alert.links, "\n    "))
	}
	return nil
}

// links returns the addresses of an alert's workflow in Temporal, of its activities in NinjaOne, and of its request.
func (r *alertReport) links(uid string, requestID int64) []string {
	return []string{
		r.session.temporal.UIURL() + "/namespaces/default/workflows/" + url.PathEscape(flow.AlertTriggeredID(rules.DefaultConnection, uid)),
		r.at.ninjaOne + "/_lab/console/tables/activities?q=" + uid,
		r.at.accelo + "/_lab/console/tables/requests?q=" + strconv.FormatInt(requestID, 10),
	}
}
