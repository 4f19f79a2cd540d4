package ninjaone

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ParseActivities reads what NinjaOne posted to a webhook: one activity, or several under the wrappers "activity" and
// "activities" or in an array, which receivers are advised to tolerate (contract ninjaone 7.2). Every activity has an id
// and a type. Errors wrap ErrNotActivity. The caller bounds the size of data.
func ParseActivities(data []byte) ([]Activity, error) {
	parts, err := unwrapActivities(data)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrNotActivity)
	}
	activities := make([]Activity, len(parts))
	for i, part := range parts {
		// A member of another type than the contract says is left out: what counts is checked below, and by whoever needs it.
		var member *json.UnmarshalTypeError
		if err := json.Unmarshal(part, &activities[i]); err != nil && !errors.As(err, &member) {
			return nil, fmt.Errorf("%w: %w", ErrNotActivity, err)
		}
		if activities[i].ID <= 0 || activities[i].ActivityType == "" {
			return nil, fmt.Errorf("%w: it has no id or no activityType", ErrNotActivity)
		}
	}
	return activities, nil
}

func unwrapActivities(data []byte) ([]json.RawMessage, error) {
	var several []json.RawMessage
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		err := asActivity(data, &several)
		return several, err
	}
	var wrapper struct {
		Activity   json.RawMessage   `json:"activity"`
		Activities []json.RawMessage `json:"activities"`
	}
	if err := asActivity(data, &wrapper); err != nil {
		return nil, err
	}
	switch {
	case wrapper.Activities != nil:
		return wrapper.Activities, nil
	case wrapper.Activity != nil:
		return []json.RawMessage{wrapper.Activity}, nil
	}
	return []json.RawMessage{data}, nil
}

func asActivity(data []byte, target any) error {
	if err := json.Unmarshal(data, target); err != nil {
		return fmt.Errorf("%w: %w", ErrNotActivity, err)
	}
	return nil
}
