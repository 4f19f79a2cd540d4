package ninjaone

import (
	"context"
	"fmt"
)

// LegacyRemoteControl fetches the remote control links of all devices from the legacy API, by device id; those without one are
// left out. It is one call, which only the legacy key pair may make and NinjaOne allows ten times in ten minutes
// (contract ninjaone 2.3.1, 2.3.3). A tenant whose legacy API is gone answers to IsUnsupported.
func (c *Client) LegacyRemoteControl(ctx context.Context) (map[int]string, error) {
	r := request{operation: "legacy_devices", path: "/v1/devices"}
	if _, signs := c.auth.(signer); !signs {
		return nil, fmt.Errorf("ninjaone %s: %w credentials: the legacy API takes the legacy key pair only", r.operation, ErrInvalid)
	}
	type device struct {
		ID  int    `json:"id"`
		URL string `json:"remote_control_url"`
	}
	devices, err := list[device](ctx, c, r, nil)
	if err != nil {
		return nil, err
	}
	links := map[int]string{}
	for _, d := range devices {
		if d.URL != "" {
			links[d.ID] = d.URL
		}
	}
	return links, nil
}
