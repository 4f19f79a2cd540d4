package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
)

// alertTour is what the tour's table refers to.
type alertTour struct {
	session       *session
	ninja, accelo simulated
	at            urls
}

// report waits until both sides agree and prints what became of each alert, with links to all who know of it.
func (t *alertTour) report(ctx context.Context, scenes []*scene) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  Alert\tWhat happened\tNinjaOne\tAccelo\t")
	for _, scene := range scenes {
		found, err := await(ctx, t.ninja, t.accelo, scene, scene.settled)
		if err != nil {
			return err
		}
		_, active, err := find(ctx, t.ninja, t.accelo, scene.uid)
		if err != nil {
			return err
		}
		scene.links = t.links(scene.uid, found.ID)
		standing := fmt.Sprintf("request %d %s", found.ID, found.Standing)
		if found.ConversionID != 0 {
			standing += fmt.Sprintf(" (%s %d)", found.ConversionType, found.ConversionID)
		}
		side := map[bool]string{true: "active", false: "reset"}[active]
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t\n", scene.message, scene.action, side, standing)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Println()
	for _, scene := range scenes {
		fmt.Printf("  %s\n    %s\n", scene.message, strings.Join(scene.links, "\n    "))
	}
	return nil
}

// links lead to the alert's workflow in Temporal, to its traces in NinjaOne and to its request.
func (t *alertTour) links(uid string, requestID int64) []string {
	return []string{
		t.session.temporal.UIURL() + "/namespaces/default/workflows/" + url.PathEscape(flow.AlertTriggeredID(program.DefaultConnection, uid)),
		t.at.ninjaOne + "/_lab/console/tables/activities?q=" + uid,
		t.at.accelo + "/_lab/console/tables/requests?q=" + strconv.FormatInt(requestID, 10),
	}
}

// await polls until the scene's alert is as wanted on both sides.
func await(ctx context.Context, ninja, accelo simulated, s *scene, wanted func(request, bool) bool) (request, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, active, err := find(ctx, ninja, accelo, s.uid)
		if err == nil && wanted(found, active) {
			return found, nil
		}
		if err != nil && ctx.Err() == nil {
			return found, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return found, fmt.Errorf("alert %s, %q, did not come to its end: request %d is %q, alert active: %t",
				s.uid, s.message, found.ID, found.Standing, active)
		}
	}
}

// find looks at both simulators for an alert: its request, and whether it is active.
func find(ctx context.Context, ninja, accelo simulated, uid string) (found request, active bool, err error) {
	var alerts ninjaWorld
	if err := ninja.state(ctx, &alerts); err != nil {
		return found, false, err
	}
	for _, alert := range alerts.Alerts {
		active = active || alert.UID == uid
	}
	var requests acceloWorld
	if err := accelo.state(ctx, &requests); err != nil {
		return found, false, err
	}
	at := slices.IndexFunc(requests.Requests, func(r request) bool { return strings.Contains(r.Body, uid) })
	if at >= 0 {
		found = requests.Requests[at]
	}
	return found, active, nil
}
