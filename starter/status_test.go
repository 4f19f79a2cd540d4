package main

import (
	"testing"
	"time"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

func TestStatusText(t *testing.T) {
	t.Parallel()
	const interval = 5 * time.Minute
	report := func(connections ...status.Connection) status.Report { return status.Report{Connections: connections} }
	requireGoldens(t, "status", map[string]string{
		"no-connections": statusText(report(), interval),
		"nothing":        statusText(report(status.Connection{Connection: "default", Labels: standardLabels(), CreatesAssets: true}), interval),
		"one": statusText(report(status.Connection{
			Connection: "default", Ready: true, Labels: standardLabels(), OpenAlerts: 1,
			Links: status.Counts{Organizations: 1, Devices: 1, Alerts: 1}, Waiting: status.Counts{Devices: 1},
			AcceloBudget:   status.Budget{Limit: 5000, Remaining: 4999, Reset: &noon},
			ActivityCursor: pointer(int64(812)), CursorAgeSeconds: pointer(4.2),
			ManualChanges: []status.ManualChange{{Kind: "device", NinjaID: "8", Label: "title", Kept: "Reception", NinjaOne: "ACME-PC"}},
			Failures:      []store.Failure{{Kind: "device", NinjaID: "9", Name: "SRV", Error: "its title is too long", Since: noon}},
		}), interval),
		"many": statusText(report(
			status.Connection{
				Connection: "default", Ready: true, Labels: customLabels(), OpenAlerts: 12, CreatesAssets: true,
				Links: status.Counts{Organizations: 250, Devices: 4000, Alerts: 10}, Waiting: status.Counts{Devices: 30},
				AcceloBudget:   status.Budget{Limit: 5000, Remaining: 12, Reset: &noon},
				ActivityCursor: pointer(int64(812)), CursorAgeSeconds: pointer(299.0),
			},
			status.Connection{Connection: "second", Ready: true, Labels: standardLabels(), CreatesAssets: true},
		), interval),
		"everything-wrong": statusText(report(status.Connection{
			Connection: "default", Labels: customLabels(), Waiting: status.Counts{Devices: 2},
			Todo:           []string{"NinjaOne does not accept the credentials"},
			ActivityCursor: pointer(int64(812)), CursorAgeSeconds: pointer(3 * 86400.0),
			PendingApproval: &store.PendingApproval{Reason: "12 of 20 devices are missing from NinjaOne's list", Since: noon},
			Failures: []store.Failure{
				{Kind: "organization", NinjaID: "7", Name: "Acme", Error: "client 12 was deleted", Since: noon},
				{Kind: "alert", NinjaID: "u-1", Name: "Disk C: is full", Error: "NinjaOne rejected the reset", Since: noon},
			},
		}), interval),
	})
}
