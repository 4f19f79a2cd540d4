package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// tourOfReconcile triggers an alert while webhooks are lost, and shows that a reconciliation finds it.
func (s *session) tourOfReconcile(ctx context.Context, at urls) error {
	say("A webhook is lost, and an alert is missed: a reconciliation finds it. Scheduled ones run every 5 minutes")
	ninja, accelo := simulator{at.ninjaOne}, simulator{at.accelo}
	if err := ninja.do(ctx, http.MethodPost, "faults", map[string]any{"kind": "webhook-drop"}, nil); err != nil {
		return err
	}
	devices, err := ninja.devices(ctx)
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		return errors.New("the simulated tenant has no devices")
	}
	missed := &demoAlert{message: "UPS runs on battery", action: "its webhook was lost", device: devices[len(devices)-1]}
	if err := ninja.trigger(ctx, missed); err != nil {
		return err
	}
	if err := ninja.do(ctx, http.MethodDelete, "faults", nil, nil); err != nil {
		return err
	}
	if err := s.show(ctx, "reconcile"); err != nil {
		return err
	}
	found, err := await(ctx, ninja, accelo, missed, func(r request, _ bool) bool { return r.ID != 0 })
	if err != nil {
		return err
	}
	fmt.Printf("\n  %s, %s: request %d is %s\n", missed.message, missed.action, found.ID, found.Standing)
	return nil
}
