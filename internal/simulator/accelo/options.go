package accelo

import (
	"errors"
	"fmt"
	"time"
)

// Mode says how far a deployment goes beyond Accelo's documentation (accelo-undocumented.md).
type Mode string

// The three modes a deployment can be in.
const (
	// ModeOpen makes every call beyond the documentation work.
	ModeOpen Mode = "open"
	// ModeNoExtensionKeys is ModeOpen, but `extension.{field_id}` keys of POST /assets are ignored without a word.
	ModeNoExtensionKeys Mode = "no-extension-keys"
	// ModeDocumented knows only what Accelo documents: assets can be neither made nor linked to requests.
	ModeDocumented Mode = "documented"
)

// ParseMode reads a mode's name. The empty name is ModeOpen.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(name); m {
	case "":
		return ModeOpen, nil
	case ModeOpen, ModeNoExtensionKeys, ModeDocumented:
		return m, nil
	default:
		return "", fmt.Errorf("mode %q is not one of %s, %s, %s", name, ModeOpen, ModeNoExtensionKeys, ModeDocumented)
	}
}

// The credentials and the deployment that a simulator has when Options name none.
const (
	DefaultDeployment   = "planet-express"
	DefaultClientID     = "demo-client@planet-express.accelo.com"
	DefaultClientSecret = "demo-secret"
)

// DefaultRateLimit is the number of calls that a deployment allows in one window (accelo.md 3.7).
const DefaultRateLimit = 5000

// Options describe the deployment to simulate. The zero value is an empty deployment in ModeOpen.
type Options struct {
	// Seed picks the world; the same seed and number of companies give the same world.
	Seed int64
	// Companies is how many companies are seeded, with contacts, requests and assets around them. None by default.
	Companies int
	// Deployment is the label of `https://LABEL.api.accelo.com`.
	Deployment string
	// Mode may be changed later by SetMode.
	Mode Mode
	// ClientID and ClientSecret belong to the one service application.
	ClientID, ClientSecret string
	// RateLimit is the number of calls in one RateWindow; DefaultRateLimit when 0.
	RateLimit int
	// RateWindow is an hour by default.
	RateWindow time.Duration
	// DeliveryTimeout is how long a webhook subscriber may take, 10 seconds when 0.
	DeliveryTimeout time.Duration
	// Now is the clock of the world, time.Now by default. Deliveries and latency run on the real clock.
	Now func() time.Time
	// RequestTypes are the titles of the active request types: Support, Sales and NinjaOne Alerts when nil.
	RequestTypes []string
	// Switches settle what Accelo's documentation leaves open.
	Switches Switches
}

// Switches settle every point that Accelo's documentation leaves open, in one place (the † of accelo.md 14). The
// zero value is the contract's default.
type Switches struct {
	// FormCredentials lets the token call take client_id and client_secret from the form.
	FormCredentials bool `json:"form_credentials"`
	// UnknownDeployment makes the whole host answer as if its label did not exist (accelo.md 1).
	UnknownDeployment bool `json:"unknown_deployment"`
	// RetryAfterOn429 adds a Retry-After header to 429 replies.
	RetryAfterOn429 bool `json:"retry_after_on_429"`
	// DuplicateNames refuses a second company or asset type of the same name with `duplicate` (accelo.md 3.3).
	DuplicateNames bool `json:"duplicate_names"`
	// NoDefaultAffiliation keeps a company's first affiliation from becoming its default one (accelo.md 16.13).
	NoDefaultAffiliation bool `json:"no_default_affiliation"`
	// MergeAnswersSurvivor lets GET of a merged company's old id answer with the survivor (accelo.md 16.4).
	MergeAnswersSurvivor bool `json:"merge_answers_survivor"`
	// ClaimOpens moves a pending request to open when it is claimed (accelo.md 16.8).
	ClaimOpens bool `json:"claim_opens"`
	// ConversionSpelling is how conversion_type is written: "" issue, "plural" issues, "title" Issue (accelo.md 16.3).
	ConversionSpelling string `json:"conversion_spelling"`
	// UnconvertedValue is conversion_type and conversion_id before a conversion: "" null, "empty" "", "zero" "0".
	UnconvertedValue string `json:"unconverted_value"`
	// SubscriptionOK answers 200 `ok` instead of 201 `ok_created` to a new webhook subscription.
	SubscriptionOK bool `json:"subscription_ok"`
	// SignaturePrefix writes X-Hub-Signature with its `sha1=` or `sha256=` prefix.
	SignaturePrefix bool `json:"signature_prefix"`
	// SignatureSHA256 signs with HMAC-SHA256 instead of HMAC-SHA1.
	SignatureSHA256 bool `json:"signature_sha256"`
	// NumericWebhookID sends the id of a JSON delivery as a number.
	NumericWebhookID bool `json:"numeric_webhook_id"`
	// DeliveryTimeouts is how many time-outs in a row delete a subscription, 5 when 0.
	DeliveryTimeouts int `json:"delivery_timeouts"`
	// StaleReadMillis is how long reads lag behind a change that fires an event, on the world's clock.
	StaleReadMillis int `json:"stale_read_millis"`
}

func (s Switches) validate() error {
	var faults []error
	switch s.ConversionSpelling {
	case "", "plural", "title":
	default:
		faults = append(faults, fmt.Errorf(`conversion_spelling %q is not "", "plural" or "title"`, s.ConversionSpelling))
	}
	switch s.UnconvertedValue {
	case "", "empty", "zero":
	default:
		faults = append(faults, fmt.Errorf(`unconverted_value %q is not "", "empty" or "zero"`, s.UnconvertedValue))
	}
	if s.DeliveryTimeouts < 0 || s.StaleReadMillis < 0 {
		faults = append(faults, errors.New("a number of milliseconds or time-outs is negative"))
	}
	return errors.Join(faults...)
}

func (s Switches) deliveryTimeouts() int {
	if s.DeliveryTimeouts == 0 {
		return 5
	}
	return s.DeliveryTimeouts
}

// withDefaults fills in what the caller left out.
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
