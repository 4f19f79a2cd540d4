package accelo

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// The fault kinds of this simulator.
const (
	// FaultNotOK returns HTTP 200 with an error in `meta.status` (Params status and message). The call has no effect.
	FaultNotOK = "not-ok-200"
	// FaultListShift shifts later pages of a list as if earlier rows had been added (Params by=-1, the default: rows appear
	// twice) or deleted (by=1: rows are missed) since the first page.
	FaultListShift = "list-shift"
	// The following falsify a list: it has no rows, lacks every second one, is in reverse order, or has every row twice.
	FaultListEmpty      = "list-empty"
	FaultListShrunken   = "list-shrunken"
	FaultListReversed   = "list-reversed"
	FaultListDuplicated = "list-duplicated"
	// FaultRevokeToken revokes the token of the call, which then returns 401.
	FaultRevokeToken = "revoke-token"
	// FaultApprovalDenied makes the user's approval count as a denial.
	FaultApprovalDenied = "approval-denied"
	// FaultCodeExpired lets an authorization code expire before the application gets it.
	FaultCodeExpired = "code-expired"
)

func faultKinds() []lab.FaultKind {
	return []lab.FaultKind{
		{Kind: FaultNotOK, Help: "returns 200 with meta.status server_error (params status, message); the call has no effect"},
		{Kind: FaultListShift, Help: "shifts later pages of a list by params by=-1 (rows appear twice) or by=1 (rows are missed)"},
		{Kind: FaultListEmpty, Help: "lists have no rows"},
		{Kind: FaultListShrunken, Help: "lists lack every second row"},
		{Kind: FaultListReversed, Help: "lists are in reverse order"},
		{Kind: FaultListDuplicated, Help: "lists have every row twice"},
		{Kind: FaultRevokeToken, Help: "revokes the token of the call, which returns 401"},
		{Kind: FaultApprovalDenied, Help: "the user's approval counts as a denial"},
		{Kind: FaultCodeExpired, Help: "the authorization code has expired when the application gets it"},
	}
}

// faultReply replies with an injected error in Accelo's envelope.
func (s *Simulator) faultReply(w http.ResponseWriter, _ *http.Request, fault lab.Fault) {
	if fault.Status == http.StatusTooManyRequests {
		envelope{}.refuse(w, s.tooMany())
		return
	}
	status := map[int]string{
		http.StatusBadRequest: "invalid_request", http.StatusUnauthorized: "invalid_client", http.StatusForbidden: "invalid_permission",
	}[fault.Status]
	if status == "" {
		status = "server_error"
	}
	envelope{}.refuse(w, &refusal{code: fault.Status, status: status, message: "An unexpected error occurred."})
}

func (s *Simulator) revokeByFault(r *http.Request, p params) {
	if _, hit := s.lab.PickFault(r, FaultRevokeToken); !hit {
		return
	}
	value := p.get("_bearer_token")
	if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		value = strings.TrimSpace(rest)
	}
	s.auth.access.Expire(value)
}

// answeredNotOK replies to a call that FaultNotOK hits, and reports whether it did.
func (s *Simulator) answeredNotOK(w http.ResponseWriter, r *http.Request, env envelope) bool {
	fault, hit := s.lab.PickFault(r, FaultNotOK)
	if !hit {
		return false
	}
	status, message := fault.Params["status"], fault.Params["message"]
	if status == "" {
		status = "server_error"
	}
	if message == "" {
		message = "An unexpected error occurred."
	}
	env.write(w, http.StatusOK, env.meta(http.StatusOK, status, message, moreInfo), nil)
	return true
}

// listShift returns the number of rows by which FaultListShift shifts the page of a call.
func (s *Simulator) listShift(r *http.Request, p params) int {
	if !p.has("_page") && !p.has("_offset") || p.get("_page") == "0" {
		return 0
	}
	fault, hit := s.lab.PickFault(r, FaultListShift)
	if !hit {
		return 0
	}
	if by, err := json.Number(fault.Params["by"]).Int64(); err == nil {
		return int(max(-maxLimit, min(maxLimit, by)))
	}
	return -1
}

// tampered applies the faults that falsify a list.
func tampered[T any](c *call, rows []*T) []*T {
	hit := func(kind string) bool {
		_, hit := c.sim.lab.PickFault(c.request, kind)
		return hit
	}
	switch {
	case hit(FaultListEmpty):
		return nil
	case hit(FaultListShrunken):
		kept := make([]*T, 0, len(rows)/2+1)
		for i := 0; i < len(rows); i += 2 {
			kept = append(kept, rows[i])
		}
		return kept
	case hit(FaultListReversed):
		slices.Reverse(rows)
	case hit(FaultListDuplicated):
		return slices.Concat(rows, rows)
	}
	return rows
}
