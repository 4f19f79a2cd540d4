package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// patience is how long the tour waits for one thing to happen.
const patience = 30 * time.Second

// simulated is a vendor's simulator, as its admin API shows it.
type simulated struct{ url string }

// ninjaWorld and acceloWorld are what the tour needs to know of the simulators' state.
type ninjaWorld struct {
	Devices []struct {
		ID             int    `json:"id"`
		SystemName     string `json:"system_name"`
		ApprovalStatus string `json:"approval_status"`
	} `json:"devices"`
	Alerts []struct {
		UID string `json:"uid"`
	} `json:"alerts"`
}

type acceloWorld struct {
	Requests []request `json:"requests"`
}

type request struct {
	ID             int64  `json:"id"`
	Title          string `json:"title"`
	Body           string `json:"body"`
	Standing       string `json:"standing"`
	ConversionType string `json:"conversion_type"`
	ConversionID   int64  `json:"conversion_id"`
}

// scene is one alert of the tour and what is done with it.
type scene struct {
	message, action string
	uid             string
	device          int
	then            func(ctx context.Context, s *scene) error
	settled         func(r request, active bool) bool
}

// tourOfAlerts fires alerts and shows what becomes of them on both sides.
func (s *session) tourOfAlerts(ctx context.Context, at urls) error {
	say("Alerts: one is reset, one request is closed, one converted, and one fault comes a dozen times")
	ninja, accelo := simulated{at.ninjaOne}, simulated{at.accelo}
	var world ninjaWorld
	if err := ninja.state(ctx, &world); err != nil {
		return err
	}
	var devices []int
	for _, device := range world.Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices = append(devices, device.ID)
		}
	}
	if len(devices) < 5 {
		return fmt.Errorf("the simulated tenant has only %d devices", len(devices))
	}
	scenes := scenesOf(ninja, accelo)
	for i, scene := range scenes {
		scene.device = devices[i]
		if err := ninja.trigger(ctx, scene); err != nil {
			return err
		}
	}
	for _, scene := range scenes {
		if _, err := await(ctx, ninja, accelo, scene, func(r request, _ bool) bool { return r.ID != 0 }); err != nil {
			return err
		}
		if scene.then == nil {
			continue
		}
		if err := scene.then(ctx, scene); err != nil {
			return err
		}
	}
	return report(ctx, ninja, accelo, scenes)
}

func scenesOf(ninja, accelo simulated) []*scene {
	onRequest := func(action string, more map[string]any) func(context.Context, *scene) error {
		return func(ctx context.Context, s *scene) error {
			found, _, err := find(ctx, ninja, accelo, s.uid)
			if err != nil {
				return err
			}
			input := map[string]any{"id": found.ID}
			for name, value := range more {
				input[name] = value
			}
			return accelo.act(ctx, action, input, nil)
		}
	}
	return []*scene{
		{
			message: "Backup has not run for 3 days", action: "nothing: it stays open",
			settled: func(r request, active bool) bool { return active && r.Standing != "closed" },
		},
		{
			message: "Disk C: is 97 % full", action: "reset in NinjaOne",
			then: func(ctx context.Context, s *scene) error {
				return ninja.act(ctx, "reset", map[string]any{"uid": s.uid}, nil)
			},
			settled: func(r request, active bool) bool { return !active && r.Standing == "closed" },
		},
		{
			message: "Service Spooler has stopped", action: "request closed in Accelo", then: onRequest("close-request", nil),
			settled: func(r request, active bool) bool { return !active && r.Standing == "closed" },
		},
		{
			message: "Memory use is at 99 %", action: "request converted to a ticket",
			then:    onRequest("convert-request", map[string]any{"target": "issue"}),
			settled: func(r request, active bool) bool { return !active && r.Standing == "converted" },
		},
		{
			message: "Link on port 7 flaps", action: "the same fault 12 times",
			then: func(ctx context.Context, s *scene) error {
				for range 11 {
					if err := ninja.act(ctx, "trigger", s.alert(), nil); err != nil {
						return err
					}
				}
				return nil
			},
			settled: func(r request, active bool) bool { return active && r.ID != 0 },
		},
	}
}

// report waits until both sides agree and prints what became of each alert.
func report(ctx context.Context, ninja, accelo simulated, scenes []*scene) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  Alert\tWhat happened\tNinjaOne\tAccelo\t")
	for _, scene := range scenes {
		found, err := await(ctx, ninja, accelo, scene, scene.settled)
		if err != nil {
			return err
		}
		_, active, err := find(ctx, ninja, accelo, scene.uid)
		if err != nil {
			return err
		}
		standing := fmt.Sprintf("request %d %s", found.ID, found.Standing)
		if found.ConversionID != 0 {
			standing += fmt.Sprintf(" (%s %d)", found.ConversionType, found.ConversionID)
		}
		side := map[bool]string{true: "active", false: "reset"}[active]
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t\n", scene.message, scene.action, side, standing)
	}
	return table.Flush()
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

// alert is what the simulator is told to fire.
func (s *scene) alert() map[string]any {
	return map[string]any{
		"device_id": s.device, "severity": "MAJOR", "priority": "HIGH", "message": s.message,
		"source_config_uid": "205b85b2-8a12-4123-834f-164be08b3314", "subject": s.message,
	}
}

func (v simulated) trigger(ctx context.Context, s *scene) error {
	var fired struct {
		UID string `json:"uid"`
	}
	err := v.act(ctx, "trigger", s.alert(), &fired)
	s.uid = fired.UID
	return err
}

func (v simulated) state(ctx context.Context, into any) error {
	return v.do(ctx, http.MethodGet, "state", nil, into)
}

func (v simulated) act(ctx context.Context, action string, input map[string]any, into any) error {
	return v.do(ctx, http.MethodPost, action, input, into)
}

func (v simulated) do(ctx context.Context, method, path string, input map[string]any, into any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, v.url+"/_lab/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("simulator: %s %s: %s %s", method, path, response.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
