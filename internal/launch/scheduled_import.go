package launch

import (
	"context"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/temporalx"
)

const (
	// importCatchupWindow limits how late a scheduled import may start: a short outage costs no night.
	importCatchupWindow = time.Hour
	// importScheduleVersion is for the import's schedule what reconcileScheduleVersion is for the other one.
	importScheduleVersion = 1
)

// ScheduleImport ensures that a connection's full import starts once per interval, or only by hand if that is 0. While an import is running,
// no second one starts.
func (l *Launcher) ScheduleImport(ctx context.Context, connection string, interval time.Duration) (temporalx.ScheduleChange, error) {
	if interval <= 0 {
		return temporalx.ScheduleUnchanged, temporalx.RemoveSchedule(ctx, l.temporal, flow.ScheduledImportID(connection))
	}
	in := flow.ScheduledImportInput{Connection: connection, Searchable: l.searchable}
	return l.schedule(ctx, in, interval, min(interval, importCatchupWindow), importScheduleVersion)
}
