package config

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is everything that can be set (interface section 2), checked and converted.
type Config struct {
	Database Database
	// CredentialsKey is the key, 32 bytes and not their base64, under which vendor credentials are stored.
	CredentialsKey Secret
	// TaskQueue is the Temporal task queue of the worker.
	TaskQueue string
	// ListenAddress is where `starter serve` listens, host:port.
	ListenAddress string
	// MetricsAddress is where the worker shows metrics and health, host:port.
	MetricsAddress string
	// PublicURL is where the vendors reach `starter serve`, without a slash at the end; empty when not set.
	PublicURL string
	// AdminToken protects the Integrations page and the JSON API; empty when not set.
	AdminToken Secret
	// TemporalUIURL is the base of links to the Temporal UI, without a slash at the end; empty when not set.
	TemporalUIURL string
	// Vendors are the credentials of the connection `default`; nil when the environment sets none.
	Vendors *VendorCredentials
	Sync    Sync
	Log     Log
}

// Database is how PostgreSQL is reached.
type Database struct {
	// URL is a connection URL or a key=value string as libpq knows them; it may hold a password.
	URL Secret
}

// Sync is what the flows do with what they find.
type Sync struct {
	// RequestType is the title of the Accelo request type for alerts.
	RequestType string
	// AssetType is the title of the Accelo asset type for devices.
	AssetType string
	// BudgetReserve is the share, 0 to 0.9, of Accelo's hourly budget that only alert flows may use.
	BudgetReserve float64
	// AlertMinSeverity is one of NONE, MINOR, MODERATE, MAJOR and CRITICAL.
	AlertMinSeverity string
	// AlertHoldDown is the wait before a request is opened.
	AlertHoldDown time.Duration
	// AlertReopenWindow is how long after its closing a request is reopened by a recurrence; 0 is never.
	AlertReopenWindow time.Duration
	// OnReset is what a reset does to the request: OnResetClose, OnResetCloseUnclaimed or OnResetNote.
	OnReset string
	// OnConvert is what converting a request does to the alert: OnConvertReset or OnConvertKeep.
	OnConvert string
	// RemoteControl is where remote control links come from.
	RemoteControl RemoteControl
	// AssetRefreshInterval is how old last_online and last_update may grow before they alone cause a write.
	AssetRefreshInterval time.Duration
	// ReconcileInterval is the time between two reconcile runs, at least a second.
	ReconcileInterval time.Duration
}

// Choices of ON_RESET and ON_CONVERT.
const (
	// OnResetClose closes the request.
	OnResetClose = "close"
	// OnResetCloseUnclaimed closes the request, or adds a note when a staff member has claimed it.
	OnResetCloseUnclaimed = "close-unclaimed"
	// OnResetNote adds a note only.
	OnResetNote = "note"
	// OnConvertReset resets the alert.
	OnConvertReset = "reset"
	// OnConvertKeep leaves the alert as it is.
	OnConvertKeep = "keep"
)

// Log is how the programs log.
type Log struct {
	Level slog.Level
	// Format is "text" or "json".
	Format string
}

// minAdminToken is the least length of ADMIN_TOKEN in characters (interface section 2).
const minAdminToken = 16

// maxReserve is the largest ACCELO_BUDGET_RESERVE: above it a full import would hardly move.
const maxReserve = 0.9

// LoadServe is Load for `starter serve`, which needs ADMIN_TOKEN as well.
func LoadServe(environ []string) (Config, error) {
	return load(environ, true)
}

// Load reads and checks the settings from an environment in the form of os.Environ, for the worker and for every
// command but `serve`. White space around values is dropped and an empty value counts as not set. The error is a Faults
// that names everything that is wrong; the Config is empty then.
func Load(environ []string) (Config, error) {
	return load(environ, false)
}

func load(environ []string, needAdminToken bool) (Config, error) {
	environment := env.ToMap(environ)
	for name, value := range environment {
		environment[name] = strings.TrimSpace(value)
	}
	written, err := env.ParseAsWithOptions[settings](env.Options{Environment: environment})
	if err != nil {
		return Config{}, fmt.Errorf("reading the environment: %w", err)
	}
	var faults Faults
	config := written.convert(&faults)
	if needAdminToken && written.AdminToken == "" {
		faults.add("ADMIN_TOKEN", "is not set",
			"it protects the Integrations page; make one with `openssl rand -hex 24`")
	}
	checkNames(environment, &faults)
	if len(faults) > 0 {
		return Config{}, faults
	}
	return config, nil
}

// convert checks every setting. Where there are faults, the Config it returns is of no use.
func (s settings) convert(faults *Faults) Config {
	read := reader{faults}
	read.yesOrNo("TEMPORAL_TLS", s.TemporalTLS)
	read.yesOrNo("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", s.TemporalTLSNoVerify)
	config := Config{
		Database:       Database{URL: read.database("DATABASE_URL", s.DatabaseURL)},
		CredentialsKey: read.key("CREDENTIALS_KEY", s.CredentialsKey),
		TaskQueue:      s.TaskQueue,
		ListenAddress:  read.address("LISTEN_ADDRESS", s.ListenAddress),
		MetricsAddress: read.address("METRICS_ADDRESS", s.MetricsAddress),
		PublicURL:      read.safeURL("PUBLIC_URL", s.PublicURL),
		AdminToken:     read.adminToken("ADMIN_TOKEN", s.AdminToken),
		TemporalUIURL:  read.url("TEMPORAL_UI_URL", s.TemporalUIURL),
		Vendors:        s.vendors(read),
		Sync:           s.sync(read),
		Log: Log{
			Level:  read.level("LOG_LEVEL", s.LogLevel),
			Format: read.choice("LOG_FORMAT", s.LogFormat, "text", "json"),
		},
	}
	if v := config.Vendors; v != nil && config.Sync.RemoteControl.Source == RemoteControlLegacy && !v.NinjaOne.Legacy() {
		faults.add("REMOTE_CONTROL", "is legacy, which NinjaOne answers to the legacy key pair only",
			"set NINJAONE_ACCESS_KEY_ID and NINJAONE_SECRET_ACCESS_KEY instead of the OAuth client, or choose another source")
	}
	return config
}

func (s settings) sync(read reader) Sync {
	return Sync{
		RequestType:   s.RequestType,
		AssetType:     s.AssetType,
		BudgetReserve: read.share("ACCELO_BUDGET_RESERVE", s.BudgetReserve, maxReserve),
		AlertMinSeverity: read.choice("ALERT_MIN_SEVERITY", s.AlertMinSeverity,
			"NONE", "MINOR", "MODERATE", "MAJOR", "CRITICAL"),
		AlertHoldDown:        read.duration("ALERT_HOLD_DOWN", s.AlertHoldDown, 0),
		AlertReopenWindow:    read.duration("ALERT_REOPEN_WINDOW", s.AlertReopenWindow, 0),
		OnReset:              read.choice("ON_RESET", s.OnReset, OnResetClose, OnResetCloseUnclaimed, OnResetNote),
		OnConvert:            read.choice("ON_CONVERT", s.OnConvert, OnConvertReset, OnConvertKeep),
		RemoteControl:        read.remoteControl("REMOTE_CONTROL", s.RemoteControl),
		AssetRefreshInterval: read.duration("ASSET_REFRESH_INTERVAL", s.AssetRefreshInterval, 0),
		ReconcileInterval:    read.duration("RECONCILE_INTERVAL", s.ReconcileInterval, time.Second),
	}
}

// keyBytes is the length of CREDENTIALS_KEY once decoded.
const keyBytes = 32

// decodeKey accepts the standard and the URL alphabet of base64, padded or not.
func decodeKey(value string) ([]byte, error) {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "="))
	key, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return nil, err
	}
	if len(key) != keyBytes {
		return nil, fmt.Errorf("%d bytes", len(key))
	}
	return key, nil
}
