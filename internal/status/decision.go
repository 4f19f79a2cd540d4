package status

import (
	"fmt"
	"strconv"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// Decision says what became of an alert, in the deployment's words.
func Decision(listed store.ListedAlert, labels store.Labels) string {
	request := labels.Request.Singular()
	if listed.RequestID != 0 {
		request += " " + strconv.FormatInt(listed.RequestID, 10)
	}
	if listed.Problem != "" {
		return "Failed: " + listed.Problem
	}
	if listed.SwitchedOff {
		return switchedOffDecision(listed, request)
	}
	if rules.IsTestAlert(listed.UID) {
		return testDecision(listed, request)
	}
	switch listed.IncidentState {
	case store.IncidentOpening:
		return "The " + request + " is being opened."
	case store.IncidentOpen:
		return openDecision(listed, request)
	case store.IncidentClosed:
		if listed.Cause == store.ByUser {
			return "Someone in Accelo closed the " + request + ", so the alert was reset."
		}
		return "The alert was reset in NinjaOne, so the " + request + " was closed."
	case store.IncidentConverted:
		return fmt.Sprintf("Someone in Accelo converted the %s to %s %d.", request, labels.Object(listed.ConversionType), listed.ConversionID)
	}
	if listed.Active {
		return "It has no " + request + " yet."
	}
	return "It was reset before a " + request + " was opened."
}

func testDecision(listed store.ListedAlert, request string) string {
	switch {
	case listed.Active:
		return "This is a test alert. Its " + request + " closes again shortly."
	case listed.RequestID == 0:
		return "This was a test alert. It opened no " + request + "."
	case listed.IncidentState == store.IncidentClosed:
		return "This was a test alert. Its " + request + " was closed again."
	}
	return "This was a test alert. Its " + request + " is still open."
}

func switchedOffDecision(listed store.ListedAlert, request string) string {
	switch {
	case listed.StillOff && listed.Active:
		return "The organization is switched off, so no " + request + " was opened."
	case listed.Active:
		return "The organization was switched off when it fired. The next reconciliation or import opens the " + request + "."
	}
	return "The organization was switched off, so no " + request + " was opened; the alert was reset since."
}

func openDecision(listed store.ListedAlert, request string) string {
	what := "The " + request + " is open"
	switch {
	case !listed.Leads:
		what = "It joined the open " + request + " of the same fault"
	case listed.Others > 0:
		what += " for it and " + rules.Count(listed.Others, "repeat")
	}
	if !listed.Active {
		what += "; this alert was reset"
	}
	return what + "."
}
