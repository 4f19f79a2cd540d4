package accelo

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Mode selects which undocumented calls a deployment accepts (accelo-undocumented.md).
type Mode string

// The modes of a deployment.
const (
	// ModeOpen accepts every undocumented call.
	ModeOpen Mode = "open"
	// ModeNoExtensionKeys is ModeOpen, except that POST /assets silently ignores `extension.{field_id}` keys.
	ModeNoExtensionKeys Mode = "no-extension-keys"
	// ModeDocumented only accepts documented calls, which can neither create assets nor link them to requests.
	ModeDocumented Mode = "documented"
)

// ParseMode parses the name of a mode. An empty name is ModeOpen.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(name); m {
	case "":
		return ModeOpen, nil
	case ModeOpen, ModeNoExtensionKeys, ModeDocumented:
		return m, nil
	default:
		return "", fmt.Errorf("unknown mode %q (use %s, %s or %s)", name, ModeOpen, ModeNoExtensionKeys, ModeDocumented)
	}
}

// The default deployment and credentials.
const (
	DefaultDeployment   = "planet-express"
	DefaultClientID     = "demo-client@planet-express.accelo.com"
	DefaultClientSecret = "demo-secret"
	// DefaultWebClientID and DefaultWebClientSecret are those of the web application.
	DefaultWebClientID     = "demo-web@planet-express.accelo.com"
	DefaultWebClientSecret = "demo-web-secret"
)

// DefaultRateLimit is the default number of calls per window (accelo.md 3.7).
const DefaultRateLimit = 5000

// Options describes the deployment to simulate. The zero value is an empty deployment in ModeOpen.
type Options struct {
	// Seed selects the world: the same seed and number of companies produce the same world.
	Seed int64
	// Companies is the initial number of companies. They come with contacts, requests and assets.
	Companies int
	// Deployment is the label in `https://LABEL.api.accelo.com`; empty means [DefaultDeployment].
	Deployment string
	// Mode is the initial mode; [Simulator.SetMode] changes it.
	Mode Mode
	// ClientID and ClientSecret are the credentials of the only service application.
	ClientID, ClientSecret string
	// WebClientID and WebClientSecret are the credentials of the only web application; empty means [DefaultWebClientID] and
	// [DefaultWebClientSecret].
	WebClientID, WebClientSecret string
	// RedirectURIs are the registered redirect URIs of the web application.
	RedirectURIs []string
	// CodeLifetime is the lifetime of authorization codes; 0 means 60 seconds.
	CodeLifetime time.Duration
	// RateLimit is the number of calls per RateWindow; 0 means [DefaultRateLimit].
	RateLimit int
	// RateWindow is the length of a window; 0 means one hour.
	RateWindow time.Duration
	// DeliveryTimeout limits one webhook delivery; 0 means 10 seconds.
	DeliveryTimeout time.Duration
	// Now is the deployment's clock; nil means time.Now. Deliveries and latency use the real clock.
	Now func() time.Time
	// RequestTypes are the titles of the active request types; nil means Support, Sales and NinjaOne Alerts.
	RequestTypes []string
	// Deliver carries webhook deliveries; nil means the network.
	Deliver http.RoundTripper
	// Switches are the initial switches.
	Switches Switches

	// staff are the users; nil means the demo's.
	staff []*Staff
}

// Switches select the answers to open questions (accelo.md 16 and the † of 14). The zero value is the default there.
type Switches struct {
	// FormCredentials makes the token call accept client_id and client_secret in the form (accelo.md 2.2).
	FormCredentials bool `json:"form_credentials"`
	// RefreshOutlivesAccess lets a refresh token work after its access token has expired (accelo.md 2.7).
	RefreshOutlivesAccess bool `json:"refresh_outlives_access"`
	// KeepRefreshToken keeps a refresh token valid when it is used; replies to token calls then have none (accelo.md 2.7).
	KeepRefreshToken bool `json:"keep_refresh_token"`
	// MisspelledExpiresIn replies with "expires in" instead of "expires_in", as samples do (accelo.md 2.7).
	MisspelledExpiresIn bool `json:"misspelled_expires_in"`
	// DenialWithoutState omits the state if the user does not approve, as the documentation can be read (accelo.md 2.6).
	DenialWithoutState bool `json:"denial_without_state"`
	// ForeignAppUnknown makes a deployment know only its own applications: trials then don't know the web application
	// (accelo.md 2.6).
	ForeignAppUnknown bool `json:"foreign_app_unknown"`
	// UnknownDeployment makes the host reply as if its label did not exist (accelo.md 1).
	UnknownDeployment bool `json:"unknown_deployment"`
	// RetryAfterOn429 adds a Retry-After header to 429 replies (accelo.md 3.7).
	RetryAfterOn429 bool `json:"retry_after_on_429"`
	// DuplicateNames rejects a second company or asset type with the same name as `duplicate` (accelo.md 3.3).
	DuplicateNames bool `json:"duplicate_names"`
	// NoDefaultAffiliation stops a company's first affiliation from becoming its default (accelo.md 16).
	NoDefaultAffiliation bool `json:"no_default_affiliation"`
	// MergeAnswersSurvivor makes GET of a merged company's old ID return the survivor (accelo.md 16).
	MergeAnswersSurvivor bool `json:"merge_answers_survivor"`
	// ClaimOpens makes claiming a pending request open it (accelo.md 16).
	ClaimOpens bool `json:"claim_opens"`
	// ConversionSpelling is the spelling of conversion_type: "" for issue, "plural" for issues, "title" for Issue
	// (accelo.md 16).
	ConversionSpelling string `json:"conversion_spelling"`
	// UnconvertedValue is the value of conversion_type and conversion_id before a conversion: "" for null, "empty" for "",
	// "zero" for "0" (accelo.md 16).
	UnconvertedValue string `json:"unconverted_value"`
	// SubscriptionOK makes a new webhook subscription return 200 `ok` instead of 201 `ok_created` (accelo.md 16).
	SubscriptionOK bool `json:"subscription_ok"`
	// SignaturePrefix adds the prefix `sha1=` or `sha256=` to X-Hub-Signature (accelo.md 10.5).
	SignaturePrefix bool `json:"signature_prefix"`
	// SignatureSHA256 signs with HMAC-SHA256 instead of HMAC-SHA1 (accelo.md 10.5).
	SignatureSHA256 bool `json:"signature_sha256"`
	// NumericWebhookID sends the ID in JSON deliveries as a number (accelo.md 16).
	NumericWebhookID bool `json:"numeric_webhook_id"`
	// DeliveryTimeouts is the number of consecutive timeouts that delete a subscription; 0 means 5.
	DeliveryTimeouts int `json:"delivery_timeouts"`
	// ModestLimit refuses a `_limit` over 50, Accelo's maximum before November 2020 (accelo.md 4.1).
	ModestLimit bool `json:"modest_limit"`
	// OrderFilters is what order_by filters do: "" order the list, "refused" are an invalid request, "ignored" leave it newest first.
	OrderFilters string `json:"order_filters"`
	// Errors200 replies to every refusal with HTTP 200 and its meta.status, as with _suppress_http_status (accelo.md 3.1).
	Errors200 bool `json:"errors_200"`
	// UnknownForbidden refuses an unknown endpoint with 403 `invalid_permission`.
	UnknownForbidden bool `json:"unknown_forbidden"`
	// TokenInfoForbidden refuses to describe a token (accelo.md 2.11).
	TokenInfoForbidden bool `json:"token_info_forbidden"`
	// StoreTrimmed removes white space around texts. This and the next ones say how texts are stored (accelo.md 12, 16).
	StoreTrimmed bool `json:"store_trimmed"`
	// StoreComposed stores the composed form of characters (Unicode NFC).
	StoreComposed bool `json:"store_composed"`
	// StoreWithoutTags strips HTML tags.
	StoreWithoutTags bool `json:"store_without_tags"`
	// StoreThreeBytes stores a question mark for each character that takes four bytes in UTF-8, such as an emoji.
	StoreThreeBytes bool `json:"store_three_bytes"`
	// StoreCut cuts texts to this many characters; 0 means never.
	StoreCut int `json:"store_cut"`
	// StoreLineEnd adds a line end to texts.
	StoreLineEnd bool `json:"store_line_end"`
	// StoreNormalizedLinks stores addresses with a slash at their end and a lower-case host.
	StoreNormalizedLinks bool `json:"store_normalized_links"`
	// ReadEntities encodes stored texts as HTML in every reply.
	ReadEntities bool `json:"read_entities"`
	// ReadDatesAsText returns the values of date_time fields as `2006-01-02 15:04:05` in UTC.
	ReadDatesAsText bool `json:"read_dates_as_text"`
	// WriteReplies is what the reply to a write says about the texts in it: "" as they are stored, "sent" as they were sent, "nothing" if it
	// leaves their fields out.
	WriteReplies string `json:"write_replies"`
	// StaleReadMillis is how long reads lag behind a change that fires an event, by the deployment's clock.
	StaleReadMillis int `json:"stale_read_millis"`
}

func (s Switches) validate() error {
	var errs []error
	switch s.OrderFilters {
	case "", "refused", "ignored":
	default:
		errs = append(errs, fmt.Errorf(`order_filters %q is not "", "refused" or "ignored"`, s.OrderFilters))
	}
	switch s.ConversionSpelling {
	case "", "plural", "title":
	default:
		errs = append(errs, fmt.Errorf(`conversion_spelling %q is not "", "plural" or "title"`, s.ConversionSpelling))
	}
	switch s.UnconvertedValue {
	case "", "empty", "zero":
	default:
		errs = append(errs, fmt.Errorf(`unconverted_value %q is not "", "empty" or "zero"`, s.UnconvertedValue))
	}
	switch s.WriteReplies {
	case "", "sent", "nothing":
	default:
		errs = append(errs, fmt.Errorf(`write_replies %q is not "", "sent" or "nothing"`, s.WriteReplies))
	}
	if s.DeliveryTimeouts < 0 || s.StaleReadMillis < 0 || s.StoreCut < 0 {
		errs = append(errs, errors.New("delivery_timeouts, stale_read_millis and store_cut must not be negative"))
	}
	return errors.Join(errs...)
}

func (s Switches) deliveryTimeouts() int {
	if s.DeliveryTimeouts == 0 {
		return 5
	}
	return s.DeliveryTimeouts
}

// withDefaults fills in the defaults of zero values.
func (o Options) withDefaults() Options {
	if o.Deployment == "" {
		o.Deployment = DefaultDeployment
	}
	if o.Mode == "" {
		o.Mode = ModeOpen
	}
	if o.ClientID == "" {
		o.ClientID = DefaultClientID
	}
	if o.ClientSecret == "" {
		o.ClientSecret = DefaultClientSecret
	}
	if o.WebClientID == "" {
		o.WebClientID = DefaultWebClientID
	}
	if o.WebClientSecret == "" {
		o.WebClientSecret = DefaultWebClientSecret
	}
	if o.CodeLifetime <= 0 {
		o.CodeLifetime = time.Minute
	}
	if o.RateLimit <= 0 {
		o.RateLimit = DefaultRateLimit
	}
	if o.RateWindow <= 0 {
		o.RateWindow = time.Hour
	}
	if o.DeliveryTimeout <= 0 {
		o.DeliveryTimeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RequestTypes == nil {
		o.RequestTypes = []string{"Support", "Sales", "NinjaOne Alerts"}
	}
	return o
}
