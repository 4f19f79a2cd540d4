package activities

import (
	"context"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/importer"
)

// AcceloRead stages Accelo's companies and the assets of our type.
func (a *Activities) AcceloRead(ctx context.Context, in ReadInput) (ReadResult, error) {
	ctx = accelo.WithLane(ctx, accelo.Bulk)
	return a.importer.ReadAccelo(ctx, importer.ReadRequest(in), readCursor(ctx), reportRead(ctx))
}
