package reconcile

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// takeTestAlerts removes our own test alerts from those that are compared with NinjaOne, which knows nothing of them: they are never
// missing, and count for no brake. It returns the resets of those whose test was lost, which is a matter of age alone.
func takeTestAlerts(connection string, active map[string]store.AlertState) []flow.MissedAlert {
	lost := []flow.MissedAlert{}
	before := time.Now().Add(-flow.LongestTestAlert)
	maps.DeleteFunc(active, func(uid string, state store.AlertState) bool {
		if !rules.IsTestAlert(uid) {
			return false
		}
		if state.CreatedAt.Before(before) {
			lost = append(lost, flow.MissedAlert{UID: uid, Again: true, Reset: &flow.AlertResetInput{
				Connection: connection, UID: uid, DeviceID: state.DeviceID,
				Message: "The test alert was reset by the reconciliation, because its test had stopped.",
			}})
		}
		return true
	})
	slices.SortFunc(lost, func(a, b flow.MissedAlert) int { return cmp.Compare(a.UID, b.UID) })
	return lost
}
