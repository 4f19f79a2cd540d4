package ninjaone

import (
	"net/http"
	"strconv"

	"ninjaone-accelo/internal/simulator/lab"
)

// The kinds of fault that only NinjaOne has.
const (
	faultTokenExpired  = "token-expired"
	faultCursorStuck   = "cursor-stuck"
	faultListCapped    = "list-capped"
	faultListEmpty     = "list-empty"
	faultListShrunken  = "list-shrunken"
	faultFeedLag       = "feed-lag"
	faultBareArray     = "bare-array"
	faultClassIgnored  = "class-ignored"
	faultWebhookRefuse = "webhook-forbidden"
)

// faultKinds describes them.
func faultKinds() []lab.FaultKind {
	return []lab.FaultKind{
		{Kind: faultTokenExpired, Help: "the call's token has just expired: 401, and it stays expired (expiry in mid-paging)"},
		{Kind: faultCursorStuck, Help: "lists ignore after, queries repeat the cursor and the page: a cursor that does not move"},
		{Kind: faultListCapped, Help: "lists answer at most params.limit rows (default 100) whatever pageSize says"},
		{Kind: faultListEmpty, Help: "lists, alerts and queries answer an empty list"},
		{Kind: faultListShrunken, Help: "lists, alerts and queries leave out every second row"},
		{Kind: faultFeedLag, Help: "activities younger than delay_millis are not in the feed yet"},
		{Kind: faultBareArray, Help: "activities come as a bare array without the envelope"},
		{Kind: faultClassIgnored, Help: "queries ignore class in df"},
		{Kind: faultWebhookRefuse, Help: "PUT and DELETE /v2/webhook answer 403"},
	}
}

// pick rolls for one of the simulator's own faults and notes a hit in the call log.
func (s *Simulator) pick(r *http.Request, kind string) (lab.Fault, bool) {
	fault, hit := s.Lab.Faults.Pick([]string{kind}, r)
	if hit {
		lab.Injected(r.Context(), kind)
	}
	return fault, hit
}

// tampered applies the faults that make a listing lie.
func tampered[T any](s *Simulator, r *http.Request, rows []T) []T {
	if _, hit := s.pick(r, faultListEmpty); hit {
		return rows[:0]
	}
	if _, hit := s.pick(r, faultListShrunken); hit {
		kept := make([]T, 0, len(rows)/2)
		for i := 0; i < len(rows); i += 2 {
			kept = append(kept, rows[i])
		}
		return kept
	}
	return rows
}

// limitParam is a fault's params.limit.
func limitParam(fault lab.Fault, fallback int) int {
	if limit, err := strconv.Atoi(fault.Params["limit"]); err == nil && limit > 0 {
		return limit
	}
	return fallback
}
