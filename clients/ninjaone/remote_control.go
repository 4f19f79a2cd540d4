package ninjaone

import (
	"context"
	"fmt"
)

// LegacyRemoteControl returns the remote control links of all devices by device ID. The link of a device without one is empty.
//
// It makes one call to the legacy API, which only a legacy access key may make, and only ten times in ten minutes
// (ninjaone.md 2.3). If the tenant no longer has the legacy API, IsUnsupported is true.
func (c *Client) LegacyRemoteControl(ctx context.Context) (map[int]string, error) {
	call := apiCall{operation: "legacy_devices", path: "/v1/devices"}
	if _, ok := c.auth.(signer); !ok {
		return nil, fmt.Errorf("ninjaone: %s: %w credentials: the legacy API needs a legacy access key", call.operation, ErrInvalid)
	}
	type device struct {
		ID  int    `json:"id"`
		URL string `json:"remote_control_url"`
	}
	devices, err := readList[device](ctx, c, call, nil)
	if err != nil {
		return nil, err
	}
	links := map[int]string{}
	for _, d := range devices {
		links[d.ID] = d.URL
	}
	return links, nil
}
