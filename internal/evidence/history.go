package evidence

import (
	"context"
	"fmt"
	"strings"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
)

// historySize is far more activities than one alert has: it triggers and is reset once (ninjaone.md 5.4).
const historySize = 100

// History is what NinjaOne's activity log says about one alert. The log may have been trimmed or lag behind, so what it lacks may have
// happened all the same.
type History struct {
	// Triggered is the newest activity that triggered the alert, and Last the newest that triggered or reset it; nil if the log has none.
	Triggered, Last *ninjaone.Activity
	// NewestID is the newest activity of the whole log, 0 if NinjaOne doesn't say.
	NewestID int64
}

// WasReset reports whether the alert's last activity is a reset.
func (h History) WasReset() bool { return h.Last != nil && event.KindOf(*h.Last) == event.Reset }

// HistoryOf reads an alert's activities, selected by its uid (ninjaone.md 6.1). A server that ignores the selection returns other
// alerts' activities, which don't count.
func HistoryOf(ctx context.Context, client *ninjaone.Client, uid string) (History, error) {
	page, err := client.Activities(ctx, ninjaone.ActivityQuery{Type: "CONDITION", SeriesUID: uid, PageSize: historySize})
	if err != nil {
		return History{}, fmt.Errorf("read the activities of alert %s: %w", uid, err)
	}
	history := History{NewestID: page.NewestID()}
	for at, activity := range page.Activities { // the newest first
		kind := event.KindOf(activity)
		if kind == event.None || !strings.EqualFold(activity.SeriesUID, uid) {
			continue
		}
		if history.Last == nil {
			history.Last = &page.Activities[at]
		}
		if kind == event.Triggered {
			history.Triggered = &page.Activities[at]
			break
		}
	}
	return history, nil
}
