package ninjaone

import "time"

// Options describe the simulated tenant. The zero value is an empty one that accepts demo-client and demo-secret.
type Options struct {
	// Seed determines the world; the same seed gives the same organizations in both simulators.
	Seed int64
	// Organizations is how many organizations the world starts with.
	Organizations int
	// Devices is how many approved devices it starts with. Pending ones (about 2 %) and decommissioned ones (about 1 %)
	// come on top; they are hidden from lists.
	Devices int
	// ActiveAlerts is how many alerts are active at the start.
	ActiveAlerts int
	// ClientID and ClientSecret are the OAuth application; empty means demo-client and demo-secret.
	ClientID, ClientSecret string
	// AccessKeyID and SecretAccessKey are the legacy key pair; empty means that there is none.
	AccessKeyID, SecretAccessKey string
	// TokenLifetime is how long an access token lives; 0 means an hour.
	TokenLifetime time.Duration
	// Now is the tenant's clock; nil means time.Now.
	Now func() time.Time
	// Switches choose between readings of what the contract leaves open.
	Switches Switches
}

// Switches choose between readings of what the contract leaves open. The zero value is the default of contract 10. They
// can be changed while the simulator runs, with POST /_lab/switches.
type Switches struct {
	// AlertsWithoutSeverity leaves severity and priority out of GET /v2/alerts, as old recordings do (contract 5.2).
	AlertsWithoutSeverity bool `json:"alerts_without_severity"`
	// NewerThanOldestFirst makes newerThan return the oldest rows above the id instead of the newest (contract 6.4).
	NewerThanOldestFirst bool `json:"newer_than_oldest_first"`
	// PageCap silently caps the pages of lists below what was asked for; 0 means 1000 (contract 3.1).
	PageCap int `json:"page_cap"`
	// ForbidWebhook answers 403 to PUT and DELETE /v2/webhook (contract 7.1).
	ForbidWebhook bool `json:"forbid_webhook"`
	// WebhookWithoutDevice leaves the device out of deliveries (contract 7.1).
	WebhookWithoutDevice bool `json:"webhook_without_device"`
	// WebhookAttempts is how often a delivery is tried in all, a second apart; 0 means once. A retry repeats the body.
	WebhookAttempts int `json:"webhook_attempts"`
	// WebhookDisableAfter disables the webhook after so many failures in a row, until it is registered again; 0: never.
	WebhookDisableAfter int `json:"webhook_disable_after"`
	// NoKeyOnV2 refuses the legacy key pair outside /v1 (contract 2.2.4).
	NoKeyOnV2 bool `json:"no_key_on_v2"`
	// NoLegacyLimit lifts the limit of ten list calls in ten minutes from /v1 (contract 2.3.1).
	NoLegacyLimit bool `json:"no_legacy_limit"`
}

// withDefaults fills in what the zero value stands for.
func (o Options) withDefaults() Options {
	if o.ClientID == "" {
		o.ClientID = "demo-client"
	}
	if o.ClientSecret == "" {
		o.ClientSecret = "demo-secret"
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
