package rules

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Alert is an alert as its trigger describes it (ninjaone.md 6.3 and 7.2). internal/event cleans its texts as it reads them:
// every text is valid UTF-8 without control characters, the message has at most MaxMessage characters, and the others fit on
// one line of at most MaxName characters.
type Alert struct {
	UID              string    `json:"uid"`
	ActivityID       int64     `json:"activity_id,omitempty"`
	DeviceID         int       `json:"device_id"`
	DeviceName       string    `json:"device_name,omitempty"`
	NodeClass        string    `json:"node_class,omitempty"`
	OrganizationID   int       `json:"organization_id,omitempty"`
	OrganizationName string    `json:"organization_name,omitempty"`
	Condition        string    `json:"condition,omitempty"`
	Subject          string    `json:"subject,omitempty"`
	Message          string    `json:"message,omitempty"`
	Severity         string    `json:"severity,omitempty"`
	Priority         string    `json:"priority,omitempty"`
	TriggeredAt      time.Time `json:"triggered_at,omitzero"`
}

// MaxMessage is the maximum number of characters in an alert's message: a conservative limit for an Accelo request's body
// (accelo.md 12).
const MaxMessage = 60_000

// severities lists NinjaOne's severities in ascending order (ninjaone.md 5.3).
var severities = []string{"NONE", "MINOR", "MODERATE", "MAJOR", "CRITICAL"}

// BelowSeverity returns the reason why an alert opens no request, or "" if its severity is high enough. A missing severity, or
// one that we don't know, is always high enough.
func BelowSeverity(severity, least string) string {
	severity = strings.ToUpper(strings.TrimSpace(severity))
	rank, limit := slices.Index(severities, severity), slices.Index(severities, least)
	if rank < 0 || rank >= limit {
		return ""
	}
	return fmt.Sprintf("severity %s is below %s: no request is opened", severity, least)
}

// NeedsSeverity reports whether an alert's severity is unknown and decides whether the alert opens a request.
func (a Alert) NeedsSeverity(least string) bool {
	return strings.TrimSpace(a.Severity) == "" && slices.Index(severities, least) > 0
}

// RecurrenceKey is equal for alerts with the same device, condition and subject, which share a request. It is empty for an alert without a
// condition or device, which gets its own.
func (a Alert) RecurrenceKey() string {
	if a.Condition == "" || a.DeviceID == 0 {
		return ""
	}
	return strconv.Itoa(a.DeviceID) + "/" + a.Condition + "/" + a.Subject
}

// RequestTitle returns the message on one line, at most MaxName characters and never empty.
func (a Alert) RequestTitle() string {
	if title := Truncate(CleanName(a.Message), MaxName); title != "" {
		return title
	}
	return Truncate("Alert on "+a.device(), MaxName)
}

func (a Alert) device() string {
	if a.DeviceName != "" {
		return a.DeviceName
	}
	return "device " + strconv.Itoa(a.DeviceID)
}

const (
	// alertMark starts the line of a request's body that identifies the alert.
	alertMark = "NinjaOne alert UID: "
	// remoteControlMark starts the first line of a body that has a remote control link.
	remoteControlMark = "Remote control: "
)

// RequestBody returns the text of the alert's request. The mark stands before the message, so no message can imitate another alert's
// mark or push the mark out of a text that is cut. Only the remote control link, if there is one, precedes it.
func (a Alert) RequestBody(pageURL, remoteControl string) string {
	var body strings.Builder
	line := func(name, value string) {
		if value != "" {
			body.WriteString(name + value + "\n")
		}
	}
	line(remoteControlMark, remoteControl)
	line(alertMark, a.UID)
	fmt.Fprintf(&body, "\n%s\n\n", a.Message)
	if !a.TriggeredAt.IsZero() {
		line("Triggered: ", a.TriggeredAt.UTC().Format(time.RFC3339))
	}
	line("Device: ", a.device())
	line("Organization: ", a.OrganizationName)
	line("Severity: ", a.Severity)
	line("Priority: ", a.Priority)
	line("Device page: ", pageURL)
	return body.String()
}

// tag matches an HTML tag. Accelo may turn the lines of a body into HTML (accelo.md 12).
var tag = regexp.MustCompile(`<[^>]*>`)

// shortestMark is how many characters of an alert's UID a cut mark needs: no two alerts share that many.
const shortestMark = 12

// HasAlertMark reports whether a request's body belongs to the alert: whether its first line, after that of a remote control link, is
// the alert's mark. A mark further down is text that someone quoted. If the body was cut within the mark, its beginning counts.
func HasAlertMark(body, uid string) bool {
	mark, first := strings.ToLower(alertMark+uid), ""
	for line := range strings.Lines(html.UnescapeString(tag.ReplaceAllString(body, "\n"))) {
		switch line = CleanName(line); {
		case line == "":
		case first != "": // the body goes on, so it wasn't cut in the line before
			return first == mark
		case strings.HasPrefix(line+" ", remoteControlMark), isLink(line):
		default:
			first = strings.ToLower(line)
		}
	}
	return first == mark || len(first) >= len(alertMark)+shortestMark && strings.HasPrefix(mark, first)
}

// isLink reports whether a line is nothing but a link, which a remote control link becomes in HTML.
func isLink(line string) bool {
	return strings.Contains(line, "://") && !strings.ContainsRune(line, ' ')
}

// priorityFactors maps NinjaOne's priorities and severities to the factors of Accelo's request priorities, from 1 (none) to 5 (extreme)
// (accelo.md 7.1).
var priorityFactors = map[string]int{
	"LOW": 2, "MEDIUM": 3, "HIGH": 4,
	"MINOR": 2, "MODERATE": 3, "MAJOR": 4, "CRITICAL": 5,
}

// PriorityFactor returns the factor of the Accelo priority that fits the alert, from 1 to 5, or 0 if it has neither priority nor severity.
// Its priority takes precedence, except that a critical alert always gets the highest one.
func (a Alert) PriorityFactor() int {
	severity, priority := strings.ToUpper(a.Severity), strings.ToUpper(a.Priority)
	if severity == "CRITICAL" {
		return priorityFactors[severity]
	}
	if factor := priorityFactors[priority]; factor != 0 {
		return factor
	}
	return priorityFactors[severity]
}

// AcceptsNotes reports whether Accelo accepts notes on a type of object that a request can be converted to (accelo.md 9.1).
func AcceptsNotes(objectType string) bool {
	return slices.Contains([]string{"issue", "job", "prospect", "contract", "task", "milestone", "contract_period"}, objectType)
}

// AcceptsAssets reports whether assets can be linked to a type of object: tickets, projects, sales and retainers (accelo.md 8.4).
func AcceptsAssets(objectType string) bool {
	return slices.Contains([]string{"issue", "job", "prospect", "contract"}, objectType)
}
