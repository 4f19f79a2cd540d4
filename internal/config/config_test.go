package config_test

import (
	"encoding/base64"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/rules"
)

// key is a CREDENTIALS_KEY of 32 bytes, all letters A.
var key = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("A", 32)))

// environ returns the smallest valid environment, with some settings changed.
func environ(changes map[string]string) []string {
	settings := map[string]string{
		"DATABASE_URL":    "postgres://sync:hunter2@127.0.0.1/sync",
		"CREDENTIALS_KEY": key,
		"PATH":            "/usr/bin",
		"HOME":            "/home/sync",
	}
	maps.Copy(settings, changes)
	list := make([]string, 0, len(settings))
	for name, value := range settings {
		list = append(list, name+"="+value)
	}
	return list
}

// bothVendors returns complete credentials.
func bothVendors() map[string]string {
	return map[string]string{
		"NINJAONE_CLIENT_ID": "ninja", "NINJAONE_CLIENT_SECRET": "ninja-secret",
		"ACCELO_DEPLOYMENT": "planet-express", "ACCELO_CLIENT_ID": "accelo", "ACCELO_CLIENT_SECRET": "accelo-secret",
	}
}

// The defaults are those of interface.md 2.
func TestDefaults(t *testing.T) {
	t.Parallel()
	got, err := config.Load(environ(nil))
	require.NoError(t, err)
	require.Equal(t, config.Config{
		DatabaseURL:    "postgres://sync:hunter2@127.0.0.1/sync",
		CredentialsKey: config.Secret(strings.Repeat("A", 32)),
		TaskQueue:      "ninjaone-accelo",
		ListenAddress:  ":8080",
		MetricsAddress: ":9090",
		Options:        config.DefaultsOf(nil),
		SignIns:        config.SignIns{NinjaOneURL: "https://app.ninjarmm.com", AcceloTrialURL: "https://www.accelo.com/signup/"},
		Log:            config.Log{Level: slog.LevelInfo, Format: "text"},
		Retention:      400 * 24 * time.Hour,
	}, got)
	require.Equal(t, config.Options{
		RequestType:          "NinjaOne Alerts",
		AssetType:            "NinjaOne Device",
		BudgetReserve:        0.2,
		AlertMinSeverity:     "NONE",
		OnReset:              rules.OnResetClose,
		OnConvert:            rules.OnConvertReset,
		RemoteControl:        rules.RemoteControl{Source: rules.RemoteControlDashboard},
		AssetRefreshInterval: 24 * time.Hour,
		ReconcileInterval:    5 * time.Minute,
	}, got.Options.Options())
}

// Every setting is read and converted; an empty variable counts as not set.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	settings := map[string]string{
		"TASK_QUEUE": "other", "LISTEN_ADDRESS": "127.0.0.1:0", "METRICS_ADDRESS": "[::1]:9", "ADMIN_TOKEN": "0123456789abcdef",
		"PUBLIC_URL": "https://sync.example.com/hooks/", "TEMPORAL_UI_URL": "http://temporal:8233/",
		"NINJAONE_URL": "https://eu.ninjarmm.com/", "NINJAONE_CLIENT_SECRET": " ninja-secret\n",
		"NINJAONE_WEB_CLIENT_ID": "web", "NINJAONE_WEB_CLIENT_SECRET": "web-secret", "ACCELO_WEB_CLIENT_ID": "web@acme",
		"ACCELO_WEB_CLIENT_SECRET": "web-secret", "ACCELO_TRIAL_URL": "https://trial.example.com/?from=us",
		"ACCELO_REQUEST_TYPE": "Alerts", "ACCELO_ASSET_TYPE": "Device", "ACCELO_BUDGET_RESERVE": "0.5",
		"ALERT_MIN_SEVERITY": "major", "ALERT_HOLD_DOWN": "90s", "ALERT_REOPEN_WINDOW": "24h",
		"ON_RESET": "close-unclaimed", "ON_CONVERT": "keep",
		"REMOTE_CONTROL":         "custom-field:teamviewerId=https://start.teamviewer.com/{value}",
		"ASSET_REFRESH_INTERVAL": "", "RECONCILE_INTERVAL": "1s", "IMPORT_INTERVAL": "24h", "LOG_LEVEL": "WARN", "LOG_FORMAT": "json",
		"RETENTION":    "30d12h",
		"TEMPORAL_TLS": "true", "TEMPORAL_GRPC_META_TEAM": "x",
	}
	all := bothVendors()
	maps.Copy(all, settings)
	got, err := config.Load(environ(all))
	require.NoError(t, err)
	require.Equal(t, config.Config{
		DatabaseURL:    "postgres://sync:hunter2@127.0.0.1/sync",
		CredentialsKey: config.Secret(strings.Repeat("A", 32)),
		TaskQueue:      "other",
		ListenAddress:  "127.0.0.1:0",
		MetricsAddress: "[::1]:9",
		AdminToken:     "0123456789abcdef",
		PublicURL:      "https://sync.example.com/hooks",
		TemporalUIURL:  "http://temporal:8233",
		Vendors: &config.VendorCredentials{
			NinjaOne: config.NinjaOne{URL: "https://eu.ninjarmm.com", ClientID: "ninja", ClientSecret: "ninja-secret"},
			Accelo: config.Accelo{
				URL: "https://planet-express.api.accelo.com", Deployment: "planet-express",
				ClientID: "accelo", ClientSecret: "accelo-secret",
			},
		},
		SignIns: config.SignIns{
			NinjaOneURL: "https://eu.ninjarmm.com", NinjaOneClientID: "web", NinjaOneClientSecret: "web-secret",
			AcceloClientID: "web@acme", AcceloClientSecret: "web-secret", AcceloTrialURL: "https://trial.example.com/?from=us",
		},
		Options: config.DefaultsOf(settings),
		Log:     config.Log{Level: slog.LevelWarn, Format: "json"}, Retention: 30*24*time.Hour + 12*time.Hour,
	}, got)
	require.Equal(t, config.Options{
		RequestType: "Alerts", AssetType: "Device", BudgetReserve: 0.5,
		AlertMinSeverity: "MAJOR", AlertHoldDown: 90 * time.Second, AlertReopenWindow: 24 * time.Hour,
		OnReset: rules.OnResetCloseUnclaimed, OnConvert: rules.OnConvertKeep,
		RemoteControl: rules.RemoteControl{
			Source: rules.RemoteControlCustomField, Field: "teamviewerId",
			URLTemplate: "https://start.teamviewer.com/{value}",
		},
		AssetRefreshInterval: 24 * time.Hour, ReconcileInterval: time.Second, ImportInterval: 24 * time.Hour,
	}, got.Options.Options())
}

// Previous keys are separated by commas, with white space around them. A wrong one is a fault that doesn't repeat it.
func TestPreviousKeys(t *testing.T) {
	t.Parallel()
	b, c := strings.Repeat("B", 32), strings.Repeat("C", 32)
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	got, err := config.Load(environ(map[string]string{"CREDENTIALS_KEY_PREVIOUS": " " + encode(b) + " , " + strings.TrimRight(encode(c), "=") + ","}))
	require.NoError(t, err)
	require.Equal(t, []config.Secret{config.Secret(b), config.Secret(c)}, got.PreviousKeys)

	_, err = config.Load(environ(map[string]string{"CREDENTIALS_KEY_PREVIOUS": encode(b) + ";hunter2"}))
	require.Equal(t, []string{"CREDENTIALS_KEY_PREVIOUS"}, variables(t, err))
	require.NotContains(t, err.Error(), "hunter2")
	require.NotContains(t, err.Error(), encode(b))
}

// Only `serve` requires ADMIN_TOKEN; all programs require the database and the key.
func TestRequired(t *testing.T) {
	t.Parallel()
	_, err := config.LoadServe(environ(nil))
	require.EqualError(t, err, "1 setting is wrong:\n  ADMIN_TOKEN is not set: "+
		"it protects the Integrations page; create one with `openssl rand -hex 24`")
	_, err = config.LoadServe(environ(map[string]string{"ADMIN_TOKEN": "0123456789abcdef"}))
	require.NoError(t, err)
	_, err = config.Load(nil)
	require.Equal(t, []string{"DATABASE_URL", "CREDENTIALS_KEY"}, variables(t, err))
}

// One message names every fault on its own line, and shows no secret.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.LoadServe([]string{
		"DATABASE_URL=mysql://root:hunter2@db/sync",
		"CREDENTIALS_KEY=hunter2",
		"ADMIN_TOKEN=hunter2",
		"NINJAONE_CLIENT_SECRET=hunter2",
		"ACCELO_DEPLOYMENT=https://Planet-Express.accelo.com/",
		"ACCELO_CLIENT_ID=id",
		"ACCELO_CLIENT_SECRT=hunter2",
		"ON_RESET=delete",
		"ALERT_HOLD_DOWN=-5m",
		"PUBLIC_URL=http://user:hunter2@sync.example.com",
	})
	require.Equal(t, []string{
		"PUBLIC_URL", "PUBLIC_URL", "ALERT_HOLD_DOWN", "ON_RESET", "NINJAONE_CLIENT_ID", "ACCELO_CLIENT_SECRET", "ACCELO_DEPLOYMENT",
		"DATABASE_URL", "CREDENTIALS_KEY", "ADMIN_TOKEN", "ACCELO_CLIENT_SECRT",
	}, variables(t, err))
	require.True(t, strings.HasPrefix(err.Error(), "11 settings are wrong:\n  PUBLIC_URL contains a user name or password: write "))
	require.Contains(t, err.Error(), "\n  DATABASE_URL is not a PostgreSQL address: write ")
	require.Contains(t, err.Error(), "\n  ACCELO_CLIENT_SECRT is not a setting: did you mean ACCELO_CLIENT_SECRET?")
	require.Contains(t, err.Error(), "\n  ON_RESET is \"delete\": write one of close, close-unclaimed, note\n")
	require.Contains(t, err.Error(), "write planet-express\n")
	require.NotContains(t, err.Error(), "hunter2")
	var fault config.Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "PUBLIC_URL", fault.Variable)
}

// Each wrong value is one fault of its setting, and the fault says what to write.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, variable, value, want string
	}{
		{"key of 16 bytes", "CREDENTIALS_KEY", base64.StdEncoding.EncodeToString(make([]byte, 16)), "is not base64 of 32 bytes"},
		{"database is only a host", "DATABASE_URL", "127.0.0.1", "is not a PostgreSQL address"},
		{"token too short", "ADMIN_TOKEN", "ééééééééééééééé", "is shorter than 16 characters"},
		{"address without port", "LISTEN_ADDRESS", "localhost", `is "localhost": write HOST:PORT`},
		{"address with an invalid port", "METRICS_ADDRESS", ":65536", `is ":65536"`},
		{"trial without a host", "ACCELO_TRIAL_URL", "signup", "is not a URL"},
		{"public URL without scheme", "PUBLIC_URL", "sync.example.com", "is not a URL: write https://HOST"},
		{"public URL of another scheme", "PUBLIC_URL", "ftp://sync.example.com", "is not a URL"},
		{"public URL in plain http", "PUBLIC_URL", "http://sync.example.com", "write https://sync.example.com"},
		{"public URL with a query", "PUBLIC_URL", "https://sync.example.com/?a=b", "remove everything from ? or # on"},
		{"UI URL with a password", "TEMPORAL_UI_URL", "https://a:b@temporal", "without them"},
		{"NinjaOne in plain http", "NINJAONE_URL", "http://app.ninjarmm.com", "write https://app.ninjarmm.com"},
		{"NinjaOne with a path", "NINJAONE_URL", "https://app.ninjarmm.com/v2/", "write https://app.ninjarmm.com"},
		{"reserve as a percentage", "ACCELO_BUDGET_RESERVE", "20%", "write a number from 0 to 0.9"},
		{"reserve too large", "ACCELO_BUDGET_RESERVE", "0.91", "write a number from 0 to 0.9"},
		{"reserve negative", "ACCELO_BUDGET_RESERVE", "-0.1", "write a number from 0 to 0.9"},
		{"reserve not a number", "ACCELO_BUDGET_RESERVE", "NaN", "write a number from 0 to 0.9"},
		{"unknown severity", "ALERT_MIN_SEVERITY", "HIGH", "write one of NONE, MINOR, MODERATE, MAJOR, CRITICAL"},
		{"days that are not whole", "RETENTION", "1.5d", "24h or 30d"},
		{"days and more than a day", "RETENTION", "1d24h", "24h or 30d"},
		{"too many days", "RETENTION", "200000d", "24h or 30d"},
		{"negative days", "RETENTION", "-3d", "write a time"},
		{"short retention", "RETENTION", "23h", "write at least 1d"},
		{"duration without unit", "ALERT_HOLD_DOWN", "90", "write a time such as 90s"},
		{"negative duration", "ALERT_REOPEN_WINDOW", "-1s", "is negative"},
		{"negative refresh", "ASSET_REFRESH_INTERVAL", "-24h", "is negative"},
		{"import interval", "IMPORT_INTERVAL", "10ms", "or 0 for imports by hand only"},
		{"reconcile interval of zero", "RECONCILE_INTERVAL", "0s", "write at least 1s"},
		{"unknown conversion", "ON_CONVERT", "close", "write one of reset, keep"},
		{"unknown level", "LOG_LEVEL", "trace", "write one of debug, info, warn, error"},
		{"unknown format", "LOG_FORMAT", "xml", "write one of text, json"},
		{"TLS value that Temporal ignores", "TEMPORAL_TLS", "yes", "write one of true, false, 1, 0"},
		{"verification value that Temporal ignores", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", "on", "write one of"},
		{"unknown remote control", "REMOTE_CONTROL", "teamviewer", "write dashboard, legacy or custom-field:NAME=URL-TEMPLATE"},
		{"field without link", "REMOTE_CONTROL", "custom-field:id", "needs the name of a custom field and a link"},
		{"link without field", "REMOTE_CONTROL", "custom-field:=https://x/{value}", "needs the name of a custom field and a link"},
		{"link without value", "REMOTE_CONTROL", "custom-field:id=https://x/", "has no {value}"},
		{"value as host", "REMOTE_CONTROL", "custom-field:id=https://{value}/", "needs a link to a fixed https host"},
		{"value at the end of the host", "REMOTE_CONTROL", "custom-field:id=https://x{value}", "needs a link to a fixed https host"},
		{"link is a script", "REMOTE_CONTROL", "custom-field:id=javascript:{value}", "needs a link to a fixed https host"},
		{"long value", "ON_RESET", strings.Repeat("é", 500), `ééé": write one of`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environ(map[string]string{test.variable: test.value}))
			require.Equal(t, []string{test.variable}, variables(t, err))
			require.ErrorContains(t, err, test.want)
			require.Less(t, len(err.Error()), 400, "the message stays short")
		})
	}
}

// An application for signing in is complete, or there is none.
func TestHalfAnApplication(t *testing.T) {
	t.Parallel()
	for given, missing := range map[string]string{
		"NINJAONE_WEB_CLIENT_ID": "NINJAONE_WEB_CLIENT_SECRET", "ACCELO_WEB_CLIENT_SECRET": "ACCELO_WEB_CLIENT_ID",
	} {
		_, err := config.Load(environ(map[string]string{given: "x"}))
		require.Equal(t, []string{missing}, variables(t, err))
		require.ErrorContains(t, err, "is not set, but "+given+" is")
	}
}

// A key is accepted in every alphabet of base64.
func TestKeyAlphabets(t *testing.T) {
	t.Parallel()
	raw := []byte(strings.Repeat("\xfb\xef\xff\x00", 8))
	for _, encoding := range []*base64.Encoding{
		base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
	} {
		got, err := config.Load(environ(map[string]string{"CREDENTIALS_KEY": encoding.EncodeToString(raw)}))
		require.NoError(t, err)
		require.Equal(t, string(raw), got.CredentialsKey.Reveal())
	}
}

// Variables returns the names of interface.md 2 and of Temporal's contrib/envconfig, sorted and unique.
func TestVariables(t *testing.T) {
	t.Parallel()
	var ours, temporal []string
	for _, name := range config.Variables() {
		if strings.HasPrefix(name, "TEMPORAL_") && name != "TEMPORAL_UI_URL" {
			temporal = append(temporal, name)
		} else {
			ours = append(ours, name)
		}
	}
	require.Equal(t, []string{
		"ACCELO_ASSET_TYPE", "ACCELO_BUDGET_RESERVE", "ACCELO_CLIENT_ID", "ACCELO_CLIENT_SECRET", "ACCELO_DEPLOYMENT",
		"ACCELO_REQUEST_TYPE", "ACCELO_TRIAL_URL", "ACCELO_URL", "ACCELO_WEB_CLIENT_ID", "ACCELO_WEB_CLIENT_SECRET",
		"ADMIN_TOKEN", "ALERT_HOLD_DOWN", "ALERT_MIN_SEVERITY", "ALERT_REOPEN_WINDOW",
		"ASSET_REFRESH_INTERVAL", "CREDENTIALS_KEY", "CREDENTIALS_KEY_PREVIOUS", "DATABASE_URL",
		"IMPORT_INTERVAL", "LISTEN_ADDRESS", "LOG_FORMAT", "LOG_LEVEL",
		"METRICS_ADDRESS", "NINJAONE_ACCESS_KEY_ID", "NINJAONE_CLIENT_ID", "NINJAONE_CLIENT_SECRET",
		"NINJAONE_SECRET_ACCESS_KEY", "NINJAONE_URL", "NINJAONE_WEB_CLIENT_ID",
		"NINJAONE_WEB_CLIENT_SECRET", "ON_CONVERT", "ON_RESET", "PUBLIC_URL", "RECONCILE_INTERVAL",
		"REMOTE_CONTROL", "RETENTION", "TASK_QUEUE", "TEMPORAL_UI_URL",
	}, ours)
	require.True(t, slices.IsSorted(temporal))
	require.Len(t, slices.Compact(temporal), 17)
}

// variables lists the variables of the faults in an error.
func variables(t *testing.T, err error) []string {
	t.Helper()
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	names := make([]string, 0, len(faults))
	for _, fault := range faults {
		names = append(names, fault.Variable)
	}
	return names
}

// Any environment results in a Config, or in faults that name a variable.
func FuzzLoad(f *testing.F) {
	f.Add("REMOTE_CONTROL", "custom-field:a=https://b/{value}")
	f.Add("ACCELO_DEPLOYMENT", "https://x.accelo.com")
	f.Add("ON_", "\xff")
	f.Add("", "")
	f.Add("ACCELO_URL", "http://[::1")
	f.Fuzz(func(t *testing.T, name, value string) {
		_, err := config.Load(append(environ(nil), name+"="+value))
		if err != nil {
			for _, variable := range variables(t, err) {
				require.NotEmpty(t, variable)
			}
		}
	})
}

// The environment of the process is not read.
func TestProcessEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("TASK_QUEUE", "from-the-process")
	t.Setenv("ACCELO_NONSENSE", "1")
	got, err := config.Load(environ(nil))
	require.NoError(t, err)
	require.Equal(t, "ninjaone-accelo", got.TaskQueue)
}
