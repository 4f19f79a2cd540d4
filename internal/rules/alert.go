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

// severities in rising order (contract ninjaone 5.3).
var severities = []string{"NONE", "MINOR", "MODERATE", "MAJOR", "CRITICAL"}

// BelowSeverity tells why an alert opens no request, and is empty for one that does. An alert without a severity counts as
// NONE; one of a severity that is not known is never held back.
func BelowSeverity(severity, least string) string {
	severity = strings.ToUpper(strings.TrimSpace(severity))
	if severity == "" {
		severity = severities[0]
	}
	rank, limit := slices.Index(severities, severity), slices.Index(severities, least)
	if rank < 0 || rank >= limit {
		return ""
	}
	return fmt.Sprintf("severity %s is below %s: nothing is opened", severity, least)
}

// RecurrenceKey is equal for alerts that are the same fault again: same device, condition and subject (design rule 3). It is
// empty, so that nothing is joined, for an alert that does not tell its condition.
func (a Alert) RecurrenceKey() string {
	if a.Condition == "" || a.DeviceID == 0 {
		return ""
	}
	return strconv.Itoa(a.DeviceID) + "/" + a.Condition + "/" + a.Subject
}

// RequestTitle is the message on one line, at most MaxName characters, and never empty.
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

// alertMark begins the line of a request's body by which the request of an alert is recognized.
const alertMark = "NinjaOne alert UID: "

// RequestBody tells everything about the alert. The remote control link, where there is one, stands on the first line.
func (a Alert) RequestBody(pageURL, remoteControl string) string {
	var body strings.Builder
	if remoteControl != "" {
		fmt.Fprintf(&body, "Remote control: %s\n\n", remoteControl)
	}
	fmt.Fprintf(&body, "%s\n\n", a.Message)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&body, "%s: %s\n", name, value)
		}
	}
	if !a.TriggeredAt.IsZero() {
		line("Triggered", a.TriggeredAt.UTC().Format(time.RFC3339))
	}
	line("Device", a.device())
	line("Organization", a.OrganizationName)
	line("Severity", a.Severity)
	line("Priority", a.Priority)
	line("Device page", pageURL)
	body.WriteString(alertMark + a.UID + "\n")
	return body.String()
}

// tag is an element of HTML, which Accelo may have made of a body's lines (contract accelo 12).
var tag = regexp.MustCompile(`<[^>]*>`)

// HasAlertMark tells whether a request's body is that of the alert.
func HasAlertMark(body, uid string) bool {
	for line := range strings.Lines(html.UnescapeString(tag.ReplaceAllString(body, "\n"))) {
		if CleanName(line) == alertMark+uid {
			return true
		}
	}
	return false
}

// priorityFactors are the factors of Accelo's request priorities, 1 None to 5 Extreme (contract accelo 7.1), by what
// they answer to: NinjaOne's priority, or else its severity.
var priorityFactors = map[string]int{
	"LOW": 2, "MEDIUM": 3, "HIGH": 4,
	"MINOR": 2, "MODERATE": 3, "MAJOR": 4, "CRITICAL": 5,
}

// PriorityFactor is the factor, 1 to 5, of the Accelo priority that fits the alert, 0 where it tells neither priority nor
// severity. A critical alert is of the highest priority whatever else it says.
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

// TakesNotes tells whether a note can be written on a type of object that a request was converted to (contract accelo 9.1).
func AcceptsNotes(objectType string) bool {
	return slices.Contains([]string{"issue", "job", "prospect", "contract", "task", "milestone", "contract_period"}, objectType)
}

// TakesAssets tells whether assets can be linked to a type of object: to tickets, projects, sales and retainers
// (contract accelo 8.4).
func AcceptsAssets(objectType string) bool {
	return slices.Contains([]string{"issue", "job", "prospect", "contract"}, objectType)
}
