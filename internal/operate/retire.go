package operate

import (
	"context"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// EndRetired ends what a removed connection has left: its schedule, what still runs for it in Temporal, and our webhooks in its former
// accounts. The doubts say what could not be removed there yet. It may be called until nothing is left.
func EndRetired(
	ctx context.Context, database *store.Store, launcher *launch.Launcher, connector *connect.Connector, retired store.Retired,
) (doubts []string, err error) {
	if _, err := launcher.Retire(ctx, retired.Name); err != nil {
		return nil, err
	}
	if err := database.MarkRetired(ctx, retired); err != nil {
		return nil, err
	}
	return connector.LeaveFormer(ctx, retired.Name)
}
