package ninjaone

import (
	"net/http"
	"slices"
	"strconv"

	"ninjaone-accelo/internal/simulator/lab"
)

// The fault kinds of this simulator.
const (
	faultTokenExpired     = "token-expired"
	faultCursorStuck      = "cursor-stuck"
	faultListCapped       = "list-capped"
	faultListEmpty        = "list-empty"
	faultListShrunken     = "list-shrunken"
	faultListReversed     = "list-reversed"
	faultListDuplicated   = "list-duplicated"
	faultAlertsFrozen     = "alerts-frozen"
	faultDeviceAlerts     = "device-alerts-empty"
	faultLogTrimmed       = "log-trimmed"
	faultSeriesIgnored    = "series-ignored"
	faultFeedLag          = "feed-lag"
	faultBareArray        = "bare-array"
	faultClassIgnored     = "class-ignored"
	faultWebhookForbidden = "webhook-forbidden"
	faultConsentDenied    = "consent-denied"
	faultCodeExpired      = "code-expired"
)

func faultKinds() []lab.FaultKind {
	return []lab.FaultKind{
		{Kind: faultTokenExpired, Help: "the call's token expires before the call: returns 401, now and for later calls"},
		{Kind: faultCursorStuck, Help: "the cursor does not move: lists ignore after, queries repeat the cursor and the page"},
		{Kind: faultListCapped, Help: "lists return at most params.limit rows (default 100), whatever the page size"},
		{Kind: faultListEmpty, Help: "lists, alerts and queries return an empty list"},
		{Kind: faultListShrunken, Help: "lists, alerts and queries omit every second row"},
		{Kind: faultListReversed, Help: "lists, alerts and queries return their rows in reverse order"},
		{Kind: faultListDuplicated, Help: "lists, alerts and queries return every row twice"},
		{Kind: faultAlertsFrozen, Help: "the list of active alerts stays what it was at the fault's first hit"},
		{Kind: faultDeviceAlerts, Help: "the list of a device's own alerts is empty"},
		{Kind: faultLogTrimmed, Help: "activities older than delay_millis are no longer in the log"},
		{Kind: faultSeriesIgnored, Help: "activities ignore seriesUid"},
		{Kind: faultFeedLag, Help: "activities younger than delay_millis are not in the log yet"},
		{Kind: faultBareArray, Help: "activities are returned as a bare array, without the envelope"},
		{Kind: faultClassIgnored, Help: "queries ignore class in df"},
		{Kind: faultWebhookForbidden, Help: "PUT and DELETE /v2/webhook return 403"},
		{Kind: faultConsentDenied, Help: "the user's consent counts as a denial"},
		{Kind: faultCodeExpired, Help: "the authorization code has expired when the client gets it"},
	}
}

// tampered applies the faults that falsify a list.
func tampered[T any](s *Simulator, r *http.Request, rows []T) []T {
	if _, hit := s.Lab.PickFault(r, faultListEmpty); hit {
		return rows[:0]
	}
	if _, hit := s.Lab.PickFault(r, faultListShrunken); hit {
		kept := make([]T, 0, len(rows)/2)
		for i := 0; i < len(rows); i += 2 {
			kept = append(kept, rows[i])
		}
		return kept
	}
	if _, hit := s.Lab.PickFault(r, faultListReversed); hit {
		slices.Reverse(rows)
	}
	if _, hit := s.Lab.PickFault(r, faultListDuplicated); hit {
		rows = slices.Concat(rows, rows)
	}
	return rows
}

// frozen returns the alerts as they were when the fault first hit.
func (s *Simulator) frozen(r *http.Request, rows []alertJSON) []alertJSON {
	fault, hit := s.Lab.PickFault(r, faultAlertsFrozen)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !hit {
		s.frozenAlerts = nil
		return rows
	}
	if s.frozenAlerts == nil || s.frozenBy != fault.ID {
		s.frozenAlerts, s.frozenBy = slices.Clone(rows), fault.ID
	}
	return slices.Clone(s.frozenAlerts)
}

// limitParam returns a fault's params.limit.
func limitParam(fault lab.Fault, fallback int) int {
	if limit, err := strconv.Atoi(fault.Params["limit"]); err == nil && limit > 0 {
		return limit
	}
	return fallback
}
