package tenant

import (
	"context"
	"sync"
)

// Capability names something that only some Accelo deployments can do. The values are keys of the stored settings.
type Capability string

// The capabilities.
const (
	// CreateAssets is the call that creates an asset.
	CreateAssets Capability = "create_assets"
	// SetFieldsOnCreate is setting custom fields in the call that creates an asset.
	SetFieldsOnCreate Capability = "set_fields_on_create"
	// LinkAssetsToRequests is the call that links an asset to a request.
	LinkAssetsToRequests Capability = "link_assets_to_requests"
)

// Learn stores whether a connection's deployment has a capability.
func (p *Provider) Learn(ctx context.Context, connection string, capability Capability, able bool) error {
	return p.options.Store.SaveCapability(ctx, connection, string(capability), able)
}

// ProbeSetFieldsOnCreate returns whether the deployment takes custom fields when it creates an asset. As long as that is
// unknown it returns nil to one caller at a time: that caller finds out, stores the answer with Learn, and calls release.
// Release is never nil unless there is an error.
func (p *Provider) ProbeSetFieldsOnCreate(ctx context.Context, c Connection) (able *bool, release func(), err error) {
	if able = c.Settings.Capabilities.SetFieldsOnCreate; able != nil {
		return able, func() {}, nil
	}
	if release, err = p.probes.enter(ctx, c.Name); err != nil {
		return nil, nil, err
	}
	if c, err = p.Connection(ctx, c.Name); err != nil {
		release()
		return nil, nil, err
	}
	if able = c.Settings.Capabilities.SetFieldsOnCreate; able != nil {
		release()
		return able, func() {}, nil
	}
	return nil, release, nil
}

// probes admits one caller per connection at a time.
type probes struct {
	mu    sync.Mutex
	gates map[string]chan struct{}
}

func newProbes() *probes { return &probes{gates: map[string]chan struct{}{}} }

// enter waits until the caller is admitted. The caller must call release afterwards.
func (p *probes) enter(ctx context.Context, connection string) (release func(), err error) {
	p.mu.Lock()
	gate, ok := p.gates[connection]
	if !ok {
		gate = make(chan struct{}, 1)
		p.gates[connection] = gate
	}
	p.mu.Unlock()
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
