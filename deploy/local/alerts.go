package main

import (
	"context"
	"errors"
	"maps"
)

// demoAlert is one alert of the tour, and what is done with it.
type demoAlert struct {
	message, action string
	uid             string
	device          int
	links           []string
	// then acts on the alert after its request has been opened; nil does nothing.
	then func(ctx context.Context, a *demoAlert) error
	// done reports whether both vendors show the expected result.
	done func(r request, active bool) bool
}

// tourOfAlerts triggers alerts and shows what happens to them at both vendors.
func (s *session) tourOfAlerts(ctx context.Context, at urls) error {
	say("Alerts: one clears, one request is closed, one is converted, and one alert repeats 12 times")
	ninja, accelo := simulator{at.ninjaOne}, simulator{at.accelo}
	devices, err := ninja.devices(ctx)
	if err != nil {
		return err
	}
	alerts := demoAlerts(ninja, accelo)
	if len(devices) < len(alerts) {
		return errors.New("the simulated tenant has too few devices")
	}
	for i, alert := range alerts {
		alert.device = devices[i]
		if err := ninja.trigger(ctx, alert); err != nil {
			return err
		}
	}
	for _, alert := range alerts {
		if _, err := await(ctx, ninja, accelo, alert, func(r request, _ bool) bool { return r.ID != 0 }); err != nil {
			return err
		}
		if alert.then == nil {
			continue
		}
		if err := alert.then(ctx, alert); err != nil {
			return err
		}
	}
	report := &alertReport{session: s, ninja: ninja, accelo: accelo, at: at}
	return report.print(ctx, alerts)
}

func demoAlerts(ninja, accelo simulator) []*demoAlert {
	onRequest := func(action string, more map[string]any) func(context.Context, *demoAlert) error {
		return func(ctx context.Context, a *demoAlert) error {
			found, _, err := find(ctx, ninja, accelo, a.uid)
			if err != nil {
				return err
			}
			input := map[string]any{"id": found.ID}
			maps.Copy(input, more)
			return accelo.act(ctx, action, input, nil)
		}
	}
	return []*demoAlert{
		{
			message: "Backup has not run for 3 days", action: "nothing: it stays open",
			done: func(r request, active bool) bool { return active && r.Standing != "closed" },
		},
		{
			message: "Disk C: is 97 % full", action: "reset in NinjaOne",
			then: func(ctx context.Context, a *demoAlert) error {
				return ninja.act(ctx, "reset", map[string]any{"uid": a.uid}, nil)
			},
			done: func(r request, active bool) bool { return !active && r.Standing == "closed" },
		},
		{
			message: "Service Spooler has stopped", action: "request closed in Accelo", then: onRequest("close-request", nil),
			done: func(r request, active bool) bool { return !active && r.Standing == "closed" },
		},
		{
			message: "Memory use is at 99 %", action: "request converted to a ticket",
			then: onRequest("convert-request", map[string]any{"target": "issue"}),
			done: func(r request, active bool) bool { return !active && r.Standing == "converted" },
		},
		{
			message: "Link on port 7 flaps", action: "triggered 12 times",
			then: func(ctx context.Context, a *demoAlert) error {
				for range 11 {
					if err := ninja.act(ctx, "trigger", a.trigger(), nil); err != nil {
						return err
					}
				}
				return nil
			},
			done: func(r request, active bool) bool { return active && r.ID != 0 },
		},
	}
}

// trigger returns the input of the simulator's action that triggers the alert.
func (a *demoAlert) trigger() map[string]any {
	return map[string]any{
		"device_id": a.device, "severity": "MAJOR", "priority": "HIGH", "message": a.message,
		"source_config_uid": "205b85b2-8a12-4123-834f-164be08b3314", "subject": a.message,
	}
}
