package ninjaone

import (
	"net/http"
	"time"

	"github.com/google/uuid"
)

// The default credentials of the application of platform Web.
const (
	DefaultWebClientID     = "demo-web-client"
	DefaultWebClientSecret = "demo-web-secret"
)

// Options describes the simulated tenant. The zero value is an empty tenant that accepts demo-client and demo-secret.
type Options struct {
	// Seed selects the world. With the same seed, both simulators draw the same organization names.
	Seed int64
	// Organizations is the initial number of organizations.
	Organizations int
	// Devices is the initial number of approved devices. Another 2 % are pending and 1 % decommissioned; lists hide both.
	Devices int
	// ActiveAlerts is the initial number of active alerts.
	ActiveAlerts int
	// ClientID and ClientSecret are the OAuth credentials; empty means demo-client and demo-secret.
	ClientID, ClientSecret string
	// WebClientID and WebClientSecret are the credentials of the application of platform Web; empty means demo-web-client and
	// demo-web-secret.
	WebClientID, WebClientSecret string
	// RedirectURIs are the registered redirect URIs of that application.
	RedirectURIs []string
	// AccessKeyID and SecretAccessKey are the legacy key pair; empty means that the tenant has none.
	AccessKeyID, SecretAccessKey string
	// TokenLifetime is the lifetime of access tokens; 0 means one hour.
	TokenLifetime time.Duration
	// CodeLifetime is the lifetime of authorization codes; 0 means 60 seconds (ninjaone.md 2.1.3).
	CodeLifetime time.Duration
	// RefreshLifetime is how long an authorization can be refreshed; 0 means 29 days (ninjaone.md 2.1.4).
	RefreshLifetime time.Duration
	// Now is the tenant's clock; nil means time.Now.
	Now func() time.Time
	// NewUID returns the UID of a new alert or device; nil means a random one.
	NewUID func() string
	// Deliver carries webhook deliveries; nil means the network.
	Deliver http.RoundTripper
	// Switches are the initial switches.
	Switches Switches
}

// Switches select the answers to open questions (ninjaone.md 11). The zero value is the default of ninjaone.md 10. POST
// /_lab/switches changes them at run time.
type Switches struct {
	// AlertsWithoutSeverity omits severity and priority from GET /v2/alerts, as old recordings do (ninjaone.md 5.2).
	AlertsWithoutSeverity bool `json:"alerts_without_severity"`
	// LogWithoutSeverity omits severity and priority from the activity log (ninjaone.md 6.3).
	LogWithoutSeverity bool `json:"log_without_severity"`
	// WebhookWithoutSeverity omits severity and priority from deliveries (ninjaone.md 7.2).
	WebhookWithoutSeverity bool `json:"webhook_without_severity"`
	// NewerThanOldestFirst makes newerThan return the oldest rows above the ID instead of the newest (ninjaone.md 6.4).
	NewerThanOldestFirst bool `json:"newer_than_oldest_first"`
	// PageCap silently caps the page size of lists; 0 means 1000 (ninjaone.md 3.1).
	PageCap int `json:"page_cap"`
	// ForbidWebhook makes PUT and DELETE /v2/webhook return 403 (ninjaone.md 7.1).
	ForbidWebhook bool `json:"forbid_webhook"`
	// WebhookWithoutDevice omits the device from deliveries (ninjaone.md 7.1).
	WebhookWithoutDevice bool `json:"webhook_without_device"`
	// WebhookAttempts is the number of attempts per delivery, one second apart; 0 means one. A retry sends the same body.
	WebhookAttempts int `json:"webhook_attempts"`
	// WebhookDisableAfter disables the webhook after this many consecutive failures, until it is registered again; 0 means
	// never.
	WebhookDisableAfter int `json:"webhook_disable_after"`
	// NoKeyOnV2 rejects the legacy key pair outside /v1 (ninjaone.md 2.2.4).
	NoKeyOnV2 bool `json:"no_key_on_v2"`
	// SingleRecordsOmit lists members, separated by commas, that GET /v2/device/{id} and GET /v2/organization/{id} leave out although lists
	// and reports have them: which members live answers have is only known from recordings (ninjaone.md 4.2).
	SingleRecordsOmit string `json:"single_records_omit"`
	// TolerateOfflineAccess ignores offline_access in a client credentials grant, as one region does, instead of refusing it
	// (ninjaone.md 2.1.2).
	TolerateOfflineAccess bool `json:"tolerate_offline_access"`
	// WrongRedirect404 answers a redirect URI that is not registered with 404 instead of the error page (ninjaone.md 2.1.3).
	WrongRedirect404 bool `json:"wrong_redirect_404"`
	// AuthorizeErrorsReturn sends other errors of an authorization request back to the client, as RFC 6749 wants it, instead
	// of showing the error page (ninjaone.md 2.1.3).
	AuthorizeErrorsReturn bool `json:"authorize_errors_return"`
	// KeepRefreshToken keeps a refresh token valid when it is used, and returns it again (ninjaone.md 2.1.4).
	KeepRefreshToken bool `json:"keep_refresh_token"`
	// SlidingRefresh starts the lifetime of the refresh token again with every use (ninjaone.md 2.1.4).
	SlidingRefresh bool `json:"sliding_refresh"`
	// RefreshInvalidToken refuses a spent refresh token as invalid_token instead of invalid_grant (ninjaone.md 2.1.6).
	RefreshInvalidToken bool `json:"refresh_invalid_token"`
	// NoLegacyLimit lifts the limit of ten list calls in ten minutes on /v1 (ninjaone.md 2.3.1).
	NoLegacyLimit bool `json:"no_legacy_limit"`
}

// withDefaults fills in the defaults of zero values.
func (o Options) withDefaults() Options {
	if o.ClientID == "" {
		o.ClientID = "demo-client"
	}
	if o.ClientSecret == "" {
		o.ClientSecret = "demo-secret"
	}
	if o.WebClientID == "" {
		o.WebClientID = DefaultWebClientID
	}
	if o.WebClientSecret == "" {
		o.WebClientSecret = DefaultWebClientSecret
	}
	if o.CodeLifetime == 0 {
		o.CodeLifetime = time.Minute
	}
	if o.RefreshLifetime == 0 {
		o.RefreshLifetime = 29 * 24 * time.Hour
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewUID == nil {
		o.NewUID = uuid.NewString
	}
	return o
}
