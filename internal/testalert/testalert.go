package testalert

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Service carries out the steps of a test.
type Service struct {
	store   *store.Store
	tenants *tenant.Provider
	client  *http.Client
}

// New returns a Service.
func New(database *store.Store, tenants *tenant.Provider) *Service {
	return &Service{store: database, tenants: tenants, client: &http.Client{
		Timeout: deliveryTimeout,
		// NinjaOne isn't known to follow redirects, and the secret must not travel to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Prepare returns what a test may be about. The error says what an administrator has to do first.
func (s *Service) Prepare(ctx context.Context, connection string) (store.TestAlertTarget, error) {
	c, err := s.tenants.Ready(ctx, connection)
	if err != nil {
		return store.TestAlertTarget{}, err
	}
	labels := c.Labels()
	switch {
	case c.Settings.PublicURL == "":
		return store.TestAlertTarget{}, tenant.Refusef(tenant.Refused, "no webhook is registered because PUBLIC_URL is not set: set it to the address "+
			"at which NinjaOne reaches `starter serve`, then run `%s`", c.Command("connect"))
	case c.Settings.RequestType.ID == 0:
		return store.TestAlertTarget{}, tenant.Refusef(tenant.Refused, "Accelo has no %s type %q for alerts yet: create it or choose another one under "+
			"Settings, then connect again", labels.Request.Singular(), c.Options.RequestType)
	}
	target, err := s.store.FindTestAlertTarget(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return target, tenant.Refusef(tenant.Refused, "no organization is linked to a %s and switched on yet: run a full import, or link one on the tab "+
			"Organizations", labels.Company.Singular())
	}
	return target, err
}

// pollInterval is the time between two looks at an alert.
const pollInterval = 200 * time.Millisecond

// Await returns once the alert of a test has a request, or, with ended, once that request has ended. It returns early if the alert's sync
// has failed, and otherwise after the given time with what it knows by then.
func (s *Service) Await(ctx context.Context, connection, uid string, ended bool, within time.Duration) (store.TestAlertProgress, error) {
	timeout, poll := time.NewTimer(within), time.NewTicker(pollInterval)
	defer timeout.Stop()
	defer poll.Stop()
	for {
		progress, err := s.store.TestAlertProgress(ctx, connection, uid, ended)
		if err != nil || progress.Problem != "" || progress.Ended || !ended && progress.RequestID != 0 {
			return progress, err
		}
		select {
		case <-poll.C:
		case <-timeout.C:
			return progress, nil
		case <-ctx.Done():
			return progress, fmt.Errorf("wait for test alert %s: %w", uid, ctx.Err())
		}
	}
}
