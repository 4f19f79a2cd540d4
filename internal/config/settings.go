package config

import (
	"log/slog"
	"reflect"
	"slices"
	"time"
)

// Config holds all settings (interface.md 2), checked and converted.
type Config struct {
	// DatabaseURL is a connection URL, or a key=value string as libpq reads it.
	DatabaseURL Secret `env:"DATABASE_URL"`
	// CredentialsKey encrypts stored vendor credentials. It is decoded: 32 bytes.
	CredentialsKey Secret `env:"CREDENTIALS_KEY"`
	// PreviousKeys may still open what they sealed. They are the decoded entries of CREDENTIALS_KEY_PREVIOUS.
	PreviousKeys []Secret
	// TaskQueue is the Temporal task queue of the worker.
	TaskQueue string `env:"TASK_QUEUE" envDefault:"ninjaone-accelo"`
	// ListenAddress is where `starter serve` listens.
	ListenAddress Address `env:"LISTEN_ADDRESS" envDefault:":8080"`
	// MetricsAddress is where the worker serves metrics and health.
	MetricsAddress Address `env:"METRICS_ADDRESS" envDefault:":9090"`
	// PublicURL is where the vendors reach `starter serve`; empty if not set.
	PublicURL SecureURL `env:"PUBLIC_URL"`
	// AdminToken protects the Integrations page and the JSON API; empty if not set.
	AdminToken Secret `env:"ADMIN_TOKEN"`
	// TemporalUIURL is the base of links to the Temporal UI; empty if not set.
	TemporalUIURL URL `env:"TEMPORAL_UI_URL"`
	// Vendors defines the connection `default`; nil if the environment has no credentials.
	Vendors *VendorCredentials
	// Options are the defaults of the options that a connection leaves open.
	Options Defaults
	// SignIns are for users who sign in at the vendors on the page.
	SignIns SignIns
	// Retention is how long ended alerts, incidents, imports, notes and audit entries are kept, at least a day.
	Retention time.Duration `env:"RETENTION" envDefault:"400d"`
	Log       Log
}

// SignIns are this installation's applications that users sign in to at the vendors; empty where a connection brings its own.
type SignIns struct {
	// NinjaOneURL is NINJAONE_URL: the region of connections that begin at NinjaOne.
	NinjaOneURL          string
	NinjaOneClientID     string `env:"NINJAONE_WEB_CLIENT_ID"`
	NinjaOneClientSecret Secret `env:"NINJAONE_WEB_CLIENT_SECRET"`
	AcceloClientID       string `env:"ACCELO_WEB_CLIENT_ID"`
	AcceloClientSecret   Secret `env:"ACCELO_WEB_CLIENT_SECRET"`
	// AcceloTrialURL is where users start a trial of Accelo.
	AcceloTrialURL string `env:"ACCELO_TRIAL_URL" envDefault:"https://www.accelo.com/signup/"`
}

// Log says how the programs log.
type Log struct {
	Level  slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	Format LogFormat  `env:"LOG_FORMAT" envDefault:"text"`
}

// settings adds the variables that are only checked or that become VendorCredentials.
type settings struct {
	Config

	NinjaOneURL             SecureURL `env:"NINJAONE_URL" envDefault:"https://app.ninjarmm.com"`
	NinjaOneClientID        string    `env:"NINJAONE_CLIENT_ID"`
	NinjaOneClientSecret    Secret    `env:"NINJAONE_CLIENT_SECRET"`
	NinjaOneAccessKeyID     string    `env:"NINJAONE_ACCESS_KEY_ID"`
	NinjaOneSecretAccessKey Secret    `env:"NINJAONE_SECRET_ACCESS_KEY"`

	AcceloDeployment   string    `env:"ACCELO_DEPLOYMENT"`
	AcceloURL          SecureURL `env:"ACCELO_URL"`
	AcceloClientID     string    `env:"ACCELO_CLIENT_ID"`
	AcceloClientSecret Secret    `env:"ACCELO_CLIENT_SECRET"`

	CredentialsKeyPrevious Secret `env:"CREDENTIALS_KEY_PREVIOUS"`

	Sync Options

	// contrib/envconfig ignores values of these two that it does not know, and then connects without TLS.
	TemporalTLS         yesNo `env:"TEMPORAL_TLS"`
	TemporalTLSNoVerify yesNo `env:"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"`
}

// TemporalHeaderPrefix begins the variables that Temporal's contrib/envconfig sends as gRPC headers.
const TemporalHeaderPrefix = "TEMPORAL_GRPC_META_"

// temporalVariables lists what Temporal's contrib/envconfig v1.0.2 reads (client_config_load.go), except what settings has.
func temporalVariables() []string {
	return []string{
		"TEMPORAL_ADDRESS", "TEMPORAL_API_KEY", "TEMPORAL_CLIENT_AUTHORITY", "TEMPORAL_CODEC_AUTH", "TEMPORAL_CODEC_ENDPOINT",
		"TEMPORAL_CONFIG_FILE", "TEMPORAL_NAMESPACE", "TEMPORAL_PROFILE", "TEMPORAL_TLS_CLIENT_CERT_DATA",
		"TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_DATA", "TEMPORAL_TLS_CLIENT_KEY_PATH",
		"TEMPORAL_TLS_SERVER_CA_CERT_DATA", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", "TEMPORAL_TLS_SERVER_NAME",
	}
}

// Variables returns the names of all settings, sorted. Names that begin with TemporalHeaderPrefix are settings as well.
func Variables() []string {
	names := temporalVariables()
	for _, field := range fields(reflect.TypeFor[settings]()) {
		names = append(names, field.Tag.Get("env"))
	}
	slices.Sort(names)
	return names
}

// fields returns the fields of a struct that are settings, in the order of their declaration.
func fields(structure reflect.Type) []reflect.StructField {
	var found []reflect.StructField
	for i := range structure.NumField() {
		switch field := structure.Field(i); {
		case field.Tag.Get("env") != "":
			found = append(found, field)
		case field.Type.Kind() == reflect.Struct:
			found = append(found, fields(field.Type)...)
		}
	}
	return found
}
