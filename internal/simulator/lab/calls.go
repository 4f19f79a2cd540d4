package lab

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// The kinds of call that the counters distinguish.
const (
	// KindRead is a call that changes nothing.
	KindRead = "read"
	// KindWrite is a call that may change something.
	KindWrite = "write"
	// KindAuth is a call that only obtains a token.
	KindAuth = "auth"
)

// Call is one call to the vendor's API.
type Call struct {
	// Seq numbers the calls since the start, from 1.
	Seq int64 `json:"seq"`
	// Time is when it arrived.
	Time time.Time `json:"time"`
	// Method, Path and Query are the request line; secrets in the query are masked.
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	// Kind is KindRead, KindWrite or KindAuth.
	Kind string `json:"kind"`
	// Status is the HTTP status of the reply, or 0 if the connection was dropped.
	Status int `json:"status"`
	// Millis is the time until the reply, in milliseconds.
	Millis float64 `json:"millis"`
	// Fault lists the kinds of the injected faults.
	Fault string `json:"fault,omitempty"`
	// Note is the simulator's comment.
	Note string `json:"note,omitempty"`
}

// Violation is a wrong call that the vendor would silently accept, such as one with an unknown parameter.
type Violation struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Detail string    `json:"detail"`
}

// Counters counts the calls since the start or the last reset.
type Counters struct {
	Total  int `json:"total"`
	Reads  int `json:"reads"`
	Writes int `json:"writes"`
	// RefusedWrites are the writes among them that were answered with a 4xx, so they changed nothing.
	RefusedWrites int `json:"refused_writes"`
	Auth          int `json:"auth"`
	// PeakInFlight is the largest number of concurrent calls.
	PeakInFlight int `json:"peak_in_flight"`
	InFlight     int `json:"in_flight"`
	Violations   int `json:"violations"`
	// ByEndpoint is keyed by "METHOD /path" with every ID replaced by {id}, ByStatus by the HTTP status (0 for a dropped
	// connection), and ByFault by the kind of fault, including webhook faults.
	ByEndpoint map[string]int `json:"by_endpoint"`
	ByStatus   map[int]int    `json:"by_status"`
	ByFault    map[string]int `json:"by_fault"`
}

// identifier matches path segments that are IDs: digits, a UUID or a long hexadecimal number.
var identifier = regexp.MustCompile(`^(\d+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,})$`)

// NormalizePath replaces every ID in a path with {id}.
func NormalizePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if identifier.MatchString(segment) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// Classify returns the kind of a call by its method: GET and HEAD are reads, everything else is a write.
func Classify(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return KindRead
	}
	return KindWrite
}

// maskQuery hides the values of parameters that hold credentials.
func maskQuery(raw string) string {
	if !strings.Contains(raw, "token") && !strings.Contains(raw, "secret") {
		return raw
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		key, _, found := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(key); found && (err != nil || strings.Contains(name, "token") || strings.Contains(name, "secret")) {
			parts[i] = key + "=***"
		}
	}
	return strings.Join(parts, "&")
}
