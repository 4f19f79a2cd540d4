package main

import (
	"context"
	"fmt"
	"net/http"
)

// tourOfReconcile lets an alert fire while no webhook arrives, and shows that a reconcile finds it.
func (s *session) tourOfReconcile(ctx context.Context, at urls) error {
	say("Webhooks are lost for a moment, and an alert fires: a reconcile finds it, as the scheduled ones do every five minutes")
	ninja, accelo := simulated{at.ninjaOne}, simulated{at.accelo}
	if err := ninja.do(ctx, http.MethodPost, "faults", map[string]any{"kind": "webhook-drop"}, nil); err != nil {
		return err
	}
	devices, err := ninja.devices(ctx)
	if err != nil {
		return err
	}
	missed := &scene{message: "UPS runs on battery", action: "its webhook was lost", device: devices[len(devices)-1]}
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
