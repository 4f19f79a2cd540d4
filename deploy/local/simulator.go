package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// alertTimeout bounds the wait for one change of an alert.
const alertTimeout = 30 * time.Second

// simulator calls the control API of a vendor's simulator.
type simulator struct{ url string }

// ninjaState and acceloState are the parts of the simulators' state that the tour needs.
type ninjaState struct {
	Devices []struct {
		ID             int    `json:"id"`
		ApprovalStatus string `json:"approval_status"`
	} `json:"devices"`
	Alerts []struct {
		UID string `json:"uid"`
	} `json:"alerts"`
}

type acceloState struct {
	Requests []request `json:"requests"`
}

type request struct {
	ID             int64  `json:"id"`
	Body           string `json:"body"`
	Standing       string `json:"standing"`
	ConversionType string `json:"conversion_type"`
	ConversionID   int64  `json:"conversion_id"`
}

// devices returns the IDs of the devices that are imported.
func (s simulator) devices(ctx context.Context) ([]int, error) {
	var state ninjaState
	if err := s.state(ctx, &state); err != nil {
		return nil, err
	}
	var devices []int
	for _, device := range state.Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices = append(devices, device.ID)
		}
	}
	return devices, nil
}

func (s simulator) trigger(ctx context.Context, a *demoAlert) error {
	var triggered struct {
		UID string `json:"uid"`
	}
	err := s.act(ctx, "trigger", a.trigger(), &triggered)
	a.uid = triggered.UID
	return err
}

func (s simulator) state(ctx context.Context, into any) error {
	return s.do(ctx, http.MethodGet, "state", nil, into)
}

func (s simulator) act(ctx context.Context, action string, input map[string]any, into any) error {
	return s.do(ctx, http.MethodPost, action, input, into)
}

func (s simulator) do(ctx context.Context, method, path string, input map[string]any, into any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.url+"/_lab/"+path, bytes.NewReader(body))
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

// await polls both simulators until an alert and its request are as expected.
func await(ctx context.Context, ninja, accelo simulator, a *demoAlert, expected func(request, bool) bool) (request, error) {
	ctx, cancel := context.WithTimeout(ctx, alertTimeout)
	defer cancel()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, active, err := find(ctx, ninja, accelo, a.uid)
		if err == nil && expected(found, active) {
			return found, nil
		}
		if err != nil && ctx.Err() == nil {
			return found, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return found, fmt.Errorf("alert %s, %q, was not synced within %s: request %d is %q, alert active: %t",
				a.uid, a.message, alertTimeout, found.ID, found.Standing, active)
		}
	}
}

// find returns the request of an alert, if there is one, and whether the alert is active.
func find(ctx context.Context, ninja, accelo simulator, uid string) (found request, active bool, err error) {
	var alerts ninjaState
	if err := ninja.state(ctx, &alerts); err != nil {
		return found, false, err
	}
	for _, alert := range alerts.Alerts {
		active = active || alert.UID == uid
	}
	var requests acceloState
	if err := accelo.state(ctx, &requests); err != nil {
		return found, false, err
	}
	i := slices.IndexFunc(requests.Requests, func(r request) bool { return strings.Contains(r.Body, uid) })
	if i >= 0 {
		found = requests.Requests[i]
	}
	return found, active, nil
}
