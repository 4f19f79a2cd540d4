package config

import (
	"reflect"
	"slices"
)

// settings are the variables of the environment as they were written, with their defaults filled in. Everything is
// text here, so that one wrong value never hides another: config.go turns it into a Config and collects the faults.
type settings struct {
	DatabaseURL    string `env:"DATABASE_URL"`
	CredentialsKey string `env:"CREDENTIALS_KEY"`
	TaskQueue      string `env:"TASK_QUEUE" envDefault:"ninjaone-accelo"`
	ListenAddress  string `env:"LISTEN_ADDRESS" envDefault:":8080"`
	MetricsAddress string `env:"METRICS_ADDRESS" envDefault:":9090"`
	PublicURL      string `env:"PUBLIC_URL"`
	AdminToken     string `env:"ADMIN_TOKEN"`
	TemporalUIURL  string `env:"TEMPORAL_UI_URL"`

	NinjaOneURL             string `env:"NINJAONE_URL" envDefault:"https://app.ninjarmm.com"`
	NinjaOneClientID        string `env:"NINJAONE_CLIENT_ID"`
	NinjaOneClientSecret    string `env:"NINJAONE_CLIENT_SECRET"`
	NinjaOneAccessKeyID     string `env:"NINJAONE_ACCESS_KEY_ID"`
	NinjaOneSecretAccessKey string `env:"NINJAONE_SECRET_ACCESS_KEY"`

	AcceloDeployment   string `env:"ACCELO_DEPLOYMENT"`
	AcceloURL          string `env:"ACCELO_URL"`
	AcceloClientID     string `env:"ACCELO_CLIENT_ID"`
	AcceloClientSecret string `env:"ACCELO_CLIENT_SECRET"`

	RequestType          string `env:"ACCELO_REQUEST_TYPE" envDefault:"NinjaOne Alerts"`
	AssetType            string `env:"ACCELO_ASSET_TYPE" envDefault:"NinjaOne Device"`
	BudgetReserve        string `env:"ACCELO_BUDGET_RESERVE" envDefault:"0.2"`
	AlertMinSeverity     string `env:"ALERT_MIN_SEVERITY" envDefault:"NONE"`
	AlertHoldDown        string `env:"ALERT_HOLD_DOWN" envDefault:"0s"`
	AlertReopenWindow    string `env:"ALERT_REOPEN_WINDOW" envDefault:"0s"`
	OnReset              string `env:"ON_RESET" envDefault:"close"`
	OnConvert            string `env:"ON_CONVERT" envDefault:"reset"`
	RemoteControl        string `env:"REMOTE_CONTROL" envDefault:"dashboard"`
	AssetRefreshInterval string `env:"ASSET_REFRESH_INTERVAL" envDefault:"24h"`
	ReconcileInterval    string `env:"RECONCILE_INTERVAL" envDefault:"5m"`

	LogLevel  string `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat string `env:"LOG_FORMAT" envDefault:"text"`

	// contrib/envconfig takes any other word than 1, 0, true and false for "not set" and goes on without TLS, so these
	// two are checked here.
	TemporalTLS         string `env:"TEMPORAL_TLS"`
	TemporalTLSNoVerify string `env:"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"`
}

// TemporalHeaderPrefix begins the names of variables that Temporal's contrib/envconfig sends as gRPC headers.
const TemporalHeaderPrefix = "TEMPORAL_GRPC_META_"

// Variables lists the name of every setting, sorted: ours, and those of Temporal's contrib/envconfig v1.0.2
// (client_config_load.go). Names that begin with TemporalHeaderPrefix are settings as well.
func Variables() []string {
	names := []string{
		"TEMPORAL_ADDRESS",
		"TEMPORAL_API_KEY",
		"TEMPORAL_CLIENT_AUTHORITY",
		"TEMPORAL_CODEC_AUTH",
		"TEMPORAL_CODEC_ENDPOINT",
		"TEMPORAL_CONFIG_FILE",
		"TEMPORAL_NAMESPACE",
		"TEMPORAL_PROFILE",
		"TEMPORAL_TLS_CLIENT_CERT_DATA",
		"TEMPORAL_TLS_CLIENT_CERT_PATH",
		"TEMPORAL_TLS_CLIENT_KEY_DATA",
		"TEMPORAL_TLS_CLIENT_KEY_PATH",
		"TEMPORAL_TLS_SERVER_CA_CERT_DATA",
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH",
		"TEMPORAL_TLS_SERVER_NAME",
	}
	fields := reflect.TypeFor[settings]()
	for i := range fields.NumField() {
		names = append(names, fields.Field(i).Tag.Get("env"))
	}
	slices.Sort(names)
	return names
}
