package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"ninjaone-accelo/internal/rules"
)

// Options decide what of a connection is synchronized, and how. The environment gives the defaults (interface.md 2).
type Options struct {
	// RequestType is the title of the Accelo request type for alerts.
	RequestType string `env:"ACCELO_REQUEST_TYPE" envDefault:"NinjaOne Alerts"`
	// AssetType is the title of the Accelo asset type for devices.
	AssetType string `env:"ACCELO_ASSET_TYPE" envDefault:"NinjaOne Device"`
	// BudgetReserve is the share of Accelo's hourly budget that only alerts may use, from 0 to 0.9.
	BudgetReserve float64 `env:"ACCELO_BUDGET_RESERVE" envDefault:"0.2"`
	// AlertMinSeverity is the lowest severity that opens a request.
	AlertMinSeverity Severity `env:"ALERT_MIN_SEVERITY" envDefault:"NONE"`
	// AlertHoldDown is the wait before a request is opened.
	AlertHoldDown time.Duration `env:"ALERT_HOLD_DOWN" envDefault:"0s"`
	// AlertReopenWindow is how long a closed request is reopened when its alert returns; 0 means never.
	AlertReopenWindow time.Duration `env:"ALERT_REOPEN_WINDOW" envDefault:"0s"`
	// OnReset is what a reset does to the request.
	OnReset rules.OnReset `env:"ON_RESET" envDefault:"close"`
	// OnConvert is what converting a request does to the alert.
	OnConvert rules.OnConvert `env:"ON_CONVERT" envDefault:"reset"`
	// RemoteControl says where remote control links come from.
	RemoteControl rules.RemoteControl `env:"REMOTE_CONTROL" envDefault:"dashboard"`
	// AssetRefreshInterval is the shortest time between two writes that only update last_online and last_update.
	AssetRefreshInterval time.Duration `env:"ASSET_REFRESH_INTERVAL" envDefault:"24h"`
	// ReconcileInterval is the time between two reconciliations, at least one second.
	ReconcileInterval time.Duration `env:"RECONCILE_INTERVAL" envDefault:"5m"`
	// ImportInterval is the time between two full imports that start automatically, at least one second; 0 means none.
	ImportInterval time.Duration `env:"IMPORT_INTERVAL" envDefault:"0"`
}

// Chosen are the options that someone chose for a connection, as texts in the form of the environment, by name.
type Chosen map[string]string

// Defaults are the options of a connection for which nobody has chosen any. The zero value has those of an empty environment.
type Defaults struct {
	// variables are the options' variables in the environment.
	variables map[string]string
}

// DefaultsOf returns the defaults in an environment, which may have other variables too.
func DefaultsOf(environment map[string]string) Defaults {
	variables := map[string]string{}
	for _, field := range optionFields() {
		if variable := field.Tag.Get("env"); environment[variable] != "" {
			variables[variable] = environment[variable]
		}
	}
	return Defaults{variables: variables}
}

// Options returns the options of a connection that leaves all of them open.
func (d Defaults) Options() Options {
	options, _ := d.Resolve(nil) // Load has refused defaults that are wrong
	return options
}

// OptionNames returns the names of all options, in the order of their declaration.
func OptionNames() []string {
	var names []string
	for _, field := range optionFields() {
		names = append(names, optionName(field))
	}
	return names
}

// Variable returns the environment variable that gives the default of an option.
func Variable(option string) string {
	for _, field := range optionFields() {
		if optionName(field) == option {
			return field.Tag.Get("env")
		}
	}
	return ""
}

func optionFields() []reflect.StructField { return fields(reflect.TypeFor[Options]()) }

// optionName is the name of a variable without the vendor, in lower case.
func optionName(field reflect.StructField) string {
	return strings.ToLower(strings.TrimPrefix(field.Tag.Get("env"), "ACCELO_"))
}

// Resolve returns the options of a connection: those that someone chose, and the defaults of the others. The error is a Faults, whose
// variables are names of options.
func (d Defaults) Resolve(chosen Chosen) (Options, error) {
	environment, names := maps.Clone(d.variables), map[string]string{}
	if environment == nil {
		environment = map[string]string{}
	}
	for _, field := range optionFields() {
		variable, name := field.Tag.Get("env"), optionName(field)
		names[variable] = name
		if value, ok := chosen[name]; ok {
			environment[variable] = strings.TrimSpace(value)
		}
	}
	var options Options
	err := env.ParseWithOptions(&options, env.Options{Environment: environment, FuncMap: parsers()})
	check := checker{environment: environment, faults: parseFaults(err, environment)}
	check.options(options)
	for i, fault := range check.faults {
		check.faults[i].Variable = names[fault.Variable]
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		if !slices.Contains(OptionNames(), name) {
			check.faults.add(name, "is not an option", "write one of "+strings.Join(OptionNames(), ", "))
		}
	}
	if len(check.faults) > 0 {
		return Options{}, check.faults
	}
	return options, nil
}

// Defaults makes these options the defaults of connections, for programs that read no environment. An empty text or severity stands for
// that of an empty environment.
func (o Options) Defaults() Defaults {
	variables, values := map[string]string{}, o.Values()
	for _, field := range optionFields() {
		variables[field.Tag.Get("env")] = values[optionName(field)]
	}
	return Defaults{variables: variables}
}

// Values returns all options as texts in the form of the environment, by name.
func (o Options) Values() Chosen {
	values := Chosen{}
	for _, field := range optionFields() {
		value := reflect.ValueOf(o).FieldByIndex(field.Index).Interface()
		if duration, ok := value.(time.Duration); ok {
			values[optionName(field)] = shortDuration(duration)
			continue
		}
		values[optionName(field)] = fmt.Sprint(value)
	}
	return values
}

// shortDuration writes 24h instead of 24h0m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}

// options checks what no parser can.
func (c *checker) options(options Options) {
	if options.ReconcileInterval < minReconcileInterval {
		c.add("RECONCILE_INTERVAL", "is too short: "+quote(c.environment["RECONCILE_INTERVAL"]), "write at least "+minReconcileInterval.String())
	}
	if options.ImportInterval != 0 && options.ImportInterval < minReconcileInterval {
		c.add("IMPORT_INTERVAL", "is too short: "+quote(c.environment["IMPORT_INTERVAL"]), "write at least "+minReconcileInterval.String()+
			", such as 24h, or 0 for imports by hand only")
	}
}
