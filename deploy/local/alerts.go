package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
	links           []string
	then            func(ctx context.Context, s *scene) error
	settled         func(r request, active bool) bool
}

// tourOfAlerts fires alerts and shows what becomes of them on both sides.
func (s *session) tourOfAlerts(ctx context.Context, at urls) error {
	say("Alerts: one is reset, one request is closed, one converted, and one fault comes a dozen times")
	ninja, accelo := simulated{at.ninjaOne}, simulated{at.accelo}
	devices, err := ninja.devices(ctx)
	if err != nil {
		return err
	}
	tour := &alertTour{session: s, ninja: ninja, accelo: accelo, at: at}
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
	return tour.report(ctx, scenes)
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

// alert is what the simulator is told to fire.
func (s *scene) alert() map[string]any {
	return map[string]any{
		"device_id": s.device, "severity": "MAJOR", "priority": "HIGH", "message": s.message,
		"source_config_uid": "205b85b2-8a12-4123-834f-164be08b3314", "subject": s.message,
	}
}

// devices are those of the tenant that are imported.
func (v simulated) devices(ctx context.Context) ([]int, error) {
	var world ninjaWorld
	if err := v.state(ctx, &world); err != nil {
		return nil, err
	}
	var devices []int
	for _, device := range world.Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices = append(devices, device.ID)
		}
	}
	if len(devices) < 5 {
		return nil, fmt.Errorf("the simulated tenant has only %d devices", len(devices))
	}
	return devices, nil
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
