package reconcile

import (
	"slices"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/store"
)

// silence looks at the events above the cursor, from the newest back to the first that the webhook delivered: its delivery proves that the webhook
// leads to us. Events that we need not know, or that we caused, say nothing.
func silence(logged []ninjaone.Activity, cursor int64, unknown []loggedAlert, states map[string]store.AlertState) (missed int, heard bool) {
	missing := map[int64]bool{}
	for _, alert := range unknown {
		if alert.Trigger != nil {
			missing[alert.Trigger.ActivityID] = true
		}
		if alert.Reset != nil {
			missing[alert.Reset.ActivityID] = true
		}
	}
	for _, activity := range slices.Backward(logged) {
		state, known := states[activity.SeriesUID]
		switch {
		case activity.ID <= cursor:
			return missed, false
		case missing[activity.ID]:
			missed++
		case known && (event.KindOf(activity) == event.Triggered || state.ResetActivity == activity.ID):
			return missed, true
		}
	}
	return missed, false
}
