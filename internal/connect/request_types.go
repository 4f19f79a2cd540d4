package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
)

// requestTypesTimeout bounds how long a page waits for the list of request types.
const requestTypesTimeout = 2 * time.Second

// RequestTypes returns the titles of the deployment's active request types, sorted (accelo.md 7.4). It asks for two seconds at most. The
// error says in plain words why there is no list.
func (c *Connector) RequestTypes(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTypesTimeout)
	defer cancel()
	connection, err := c.tenants.Connection(ctx, name)
	if err != nil {
		return nil, err
	}
	if !connection.Settings.Connected {
		return nil, errors.New("Accelo does not accept the credentials yet") //nolint:staticcheck // a name begins it
	}
	types, err := connection.Accelo.RequestTypes(accelo.WithLane(ctx, accelo.Bulk))
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("Accelo did not answer within %d seconds", int(requestTypesTimeout.Seconds())) //nolint:staticcheck // see above
	case err != nil:
		return nil, fmt.Errorf("Accelo could not be asked: %w", err) //nolint:staticcheck // see above
	}
	titles := []string{}
	for _, each := range types {
		if title := strings.TrimSpace(each.Title); title != "" && !strings.EqualFold(each.Status, "inactive") {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	return slices.Compact(titles), nil
}
