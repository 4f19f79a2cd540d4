package ticket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// maxReadAge is how long after reading a request we may change its standing. A worker that froze in between would otherwise
	// overwrite what a technician has done since.
	maxReadAge = 10 * time.Second
	// echoWindow is how long after our own change of a request its webhook counts as the echo of that change.
	echoWindow = 2 * time.Minute
)

// Service syncs requests. It is safe for concurrent use.
type Service struct {
	store     *store.Store
	tenants   *tenant.Provider
	companies *company.Service
	assets    *asset.Service
	devices   *asset.Reader
}

// New returns a Service.
func New(
	database *store.Store, tenants *tenant.Provider, companies *company.Service, assets *asset.Service, devices *asset.Reader,
) *Service {
	return &Service{store: database, tenants: tenants, companies: companies, assets: assets, devices: devices}
}

// linked returns the link of a record, nil if there is none.
func (s *Service) linked(ctx context.Context, key store.Key) (*store.Link, error) {
	link, err := s.store.Link(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &link, nil
}

// read reads the request of an incident and reports whether it still exists for our API user. A new one that Accelo doesn't show yet is
// an error, not a deleted one (accelo.md 10.4).
func (s *Service) read(ctx context.Context, c tenant.Connection, incident store.Incident) (request accelo.Request, exists bool, err error) {
	request, err = c.Accelo.Request(ctx, accelo.ID(incident.RequestID))
	if err == nil {
		return request, true, nil
	}
	word := c.Labels().Request.Singular()
	if accelo.IsInvalidRequest(err) {
		listed, listErr := isListed(ctx, c, incident.RequestID)
		if listErr != nil {
			return request, false, listErr
		}
		created, linkErr := s.createdAt(ctx, incident)
		switch {
		case linkErr != nil:
			return request, false, linkErr
		case !listed && time.Since(created) < tenant.ReadLag: // not wrapped: a retry may succeed
			return request, false, fmt.Errorf("%s %d isn't shown by Accelo yet: %s", word, incident.RequestID, err.Error())
		case !listed:
			return request, false, nil
		}
	}
	return request, false, fmt.Errorf("read %s %d: %w", word, incident.RequestID, err)
}

// createdAt returns when the request of an incident was created: it may have taken long from the alert until then.
func (s *Service) createdAt(ctx context.Context, incident store.Incident) (time.Time, error) {
	link, err := s.linked(ctx, store.Key{Connection: incident.Connection, Kind: store.Alerts, NinjaID: incident.LeaderUID})
	if err != nil || link == nil || link.WrittenAt == nil {
		return incident.CreatedAt, err
	}
	return *link.WrittenAt, nil
}

// isListed asks the list, which tells a deleted request from one that can't be read (accelo.md 3.3, 5.6).
func isListed(ctx context.Context, c tenant.Connection, id int64) (bool, error) {
	for page, err := range c.Accelo.Requests(ctx, accelo.RequestQuery{IDs: []accelo.ID{accelo.ID(id)}, WithoutBody: true}) {
		return len(page) > 0, err
	}
	return false, nil
}
