package operate

import (
	"context"
	"errors"

	"ninjaone-accelo/internal/tenant"
)

// RotateKey re-encrypts every stored secret under the newest key.
func (o *Operator) RotateKey(ctx context.Context, actor Actor) (tenant.KeyRotation, error) {
	if err := actor.require(Administrator); err != nil {
		return tenant.KeyRotation{}, err
	}
	rotation, err := o.options.Tenants.RotateKey(ctx)
	if rotation.SealedAnew == 0 && len(rotation.Unopened) == 0 {
		return rotation, err
	}
	return rotation, errors.Join(err, o.note(ctx, entryOf(actor, "", "rotate key"), "stored secrets", nil, rotation))
}
