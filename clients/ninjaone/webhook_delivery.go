package ninjaone

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/lenient"
)

// ParseActivities reads the body that NinjaOne posts to a webhook: one activity, or several in an array or under the key
// "activity" or "activities" (ninjaone.md 7.2). Every returned activity has an ID and a type; one without is left out if there are others.
// Errors wrap ErrInvalid. The caller limits the size of data.
func ParseActivities(data []byte) ([]Activity, error) {
	parts, err := splitDelivery(data)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, invalidDelivery(errors.New("it is empty"))
	}
	activities := make([]Activity, 0, len(parts))
	for _, part := range parts {
		var activity Activity
		if lenient.Unmarshal(part, &activity) == nil && activity.ID > 0 && activity.ActivityType != "" {
			activities = append(activities, activity)
		}
	}
	if len(activities) == 0 {
		return nil, invalidDelivery(errors.New("it has no id or no activityType"))
	}
	return activities, nil
}

func splitDelivery(data []byte) ([]json.RawMessage, error) {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, invalidDelivery(err)
		}
		return list, nil
	}
	var wrapper struct {
		Activity   json.RawMessage   `json:"activity"`
		Activities []json.RawMessage `json:"activities"`
	}
	if err := json.Unmarshal(data, &wrapper); err != nil {
		return nil, invalidDelivery(err)
	}
	switch {
	case wrapper.Activities != nil:
		return wrapper.Activities, nil
	case wrapper.Activity != nil:
		return []json.RawMessage{wrapper.Activity}, nil
	}
	return []json.RawMessage{data}, nil
}

func invalidDelivery(err error) error {
	return fmt.Errorf("ninjaone: %w webhook delivery: %w", ErrInvalid, err)
}
