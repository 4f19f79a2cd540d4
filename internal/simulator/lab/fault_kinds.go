package lab

// The fault kinds of every simulator.
const (
	// FaultDelay waits DelayMillis before it serves the call.
	FaultDelay = "delay"
	// FaultSlow serves the call, then waits DelayMillis before it sends the reply.
	FaultSlow = "slow"
	// FaultNever never answers; the connection stays open until the caller gives up. The call has no effect.
	FaultNever = "never"
	// FaultStatus returns Status (default 500) with the vendor's JSON error. The call has no effect.
	FaultStatus = "status"
	// FaultTooMany returns 429 with the vendor's JSON error and RetryAfter. The call has no effect.
	FaultTooMany = "429"
	// FaultHTML502 returns 502 with a proxy's HTML page. The call has no effect.
	FaultHTML502 = "html-502"
	// FaultHTML404 returns 404 with an HTML page. The call has no effect.
	FaultHTML404 = "html-404"
	// FaultThrottlePage returns Status (default 200) with an HTML page that says "rate limit exceeded". The call has no
	// effect.
	FaultThrottlePage = "throttle-page"
	// FaultDropBefore drops the connection. The call has no effect.
	FaultDropBefore = "drop-connection-before"
	// FaultLoseReply serves the call, then drops the connection.
	FaultLoseReply = "lose-reply"
	// FaultStaleReply repeats what was last answered to the same GET, if that is at most DelayMillis old, as a cache does.
	FaultStaleReply = "stale-reply"
	// FaultWebhookDrop never sends a webhook.
	FaultWebhookDrop = "webhook-drop"
	// FaultWebhookDuplicate sends a webhook twice.
	FaultWebhookDuplicate = "webhook-duplicate"
	// FaultWebhookReorder sends a webhook after the one that follows it.
	FaultWebhookReorder = "webhook-reorder"
	// FaultWebhookDelay sends a webhook DelayMillis late.
	FaultWebhookDelay = "webhook-delay"
	// FaultWebhookFail fails a delivery attempt without sending it.
	FaultWebhookFail = "webhook-fail"
)

// Fault is an error, a delay or a loss that is injected into matching calls or webhooks.
type Fault struct {
	// ID identifies the fault; if it is empty, the simulator assigns one.
	ID string `json:"id"`
	// Kind is one of the Fault constants or one of the simulator's additional kinds.
	Kind string `json:"kind"`
	// Method restricts the fault to one HTTP method; empty matches all.
	Method string `json:"method,omitempty"`
	// Path is a regular expression for the vendor's path or, for webhooks, the event's name; empty matches all.
	Path string `json:"path,omitempty"`
	// Rate is the share of matching calls to hit, from 0 to 1; 0 means all of them.
	Rate float64 `json:"rate,omitempty"`
	// Count is the number of calls to hit before the fault is removed; 0 means no limit.
	Count int `json:"count,omitempty"`
	// DelayMillis is the delay of the kinds that wait.
	DelayMillis int `json:"delay_millis,omitempty"`
	// Status is the HTTP status of the kinds that reply.
	Status int `json:"status,omitempty"`
	// RetryAfter is the value of the Retry-After header; empty means the vendor's default.
	RetryAfter string `json:"retry_after,omitempty"`
	// Params are parameters of the simulator's additional kinds.
	Params map[string]string `json:"params,omitempty"`
	// Hits counts the calls hit so far.
	Hits int `json:"hits"`
}

// FaultKind describes a kind of fault to users.
type FaultKind struct {
	Kind string `json:"kind"`
	Help string `json:"help"`
}

// BuiltInFaultKinds returns the kinds that this package implements.
func BuiltInFaultKinds() []FaultKind {
	return []FaultKind{
		{FaultDelay, "waits delay_millis before serving the call"},
		{FaultSlow, "serves the call, but sends the reply delay_millis later"},
		{FaultNever, "never answers, until the caller gives up; the call has no effect"},
		{FaultStatus, "returns status (default 500) with the vendor's JSON error; the call has no effect"},
		{FaultTooMany, "returns 429 with retry_after; the call has no effect"},
		{FaultHTML502, "returns 502 with an HTML page; the call has no effect"},
		{FaultHTML404, "returns 404 with an HTML page; the call has no effect"},
		{FaultThrottlePage, "returns status (default 200) with an HTML throttle page; the call has no effect"},
		{FaultDropBefore, "drops the connection; the call has no effect"},
		{FaultLoseReply, "serves the call, then drops the connection"},
		{FaultStaleReply, "repeats what was last answered to the same GET, if that is at most delay_millis old"},
		{FaultWebhookDrop, "never sends a webhook"},
		{FaultWebhookDuplicate, "sends a webhook twice"},
		{FaultWebhookReorder, "sends a webhook after the next one"},
		{FaultWebhookDelay, "sends a webhook delay_millis late"},
		{FaultWebhookFail, "fails a webhook attempt without sending it"},
	}
}
