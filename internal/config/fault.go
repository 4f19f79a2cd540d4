package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Fault is one error in one setting.
type Fault struct {
	// Variable is the name of the setting.
	Variable string
	// Problem says what is wrong, as a predicate: "is not set".
	Problem string
	// Remedy says what to write instead.
	Remedy string
}

// Error returns "VARIABLE problem: remedy". It never contains the value of a secret.
func (f Fault) Error() string {
	return fmt.Sprintf("%s %s: %s", f.Variable, f.Problem, f.Remedy)
}

// Faults lists everything that is wrong with an environment. It is the only error that Load and LoadServe return.
type Faults []Fault

// Error returns a headline, and one line for each fault.
func (f Faults) Error() string {
	lines := []string{"1 setting is wrong:"}
	if len(f) != 1 {
		lines[0] = fmt.Sprintf("%d settings are wrong:", len(f))
	}
	for _, fault := range f {
		lines = append(lines, fault.Error())
	}
	return strings.Join(lines, "\n  ")
}

// Unwrap returns the faults for errors.Is and errors.As.
func (f Faults) Unwrap() []error {
	faults := make([]error, len(f))
	for i, fault := range f {
		faults[i] = fault
	}
	return faults
}

func (f *Faults) add(variable, problem, remedy string) {
	*f = append(*f, Fault{Variable: variable, Problem: problem, Remedy: remedy})
}

// wrong returns the fault of a parser, which does not know the variable it parses.
func wrong(problem, remedy string) Faults { return Faults{{Problem: problem, Remedy: remedy}} }

// parseFaults converts the errors of env, which name struct fields, to faults, which name variables.
func parseFaults(err error, environment map[string]string) Faults {
	var aggregate env.AggregateError
	if !errors.As(err, &aggregate) {
		return nil
	}
	variables := map[string]string{}
	for _, field := range fields(reflect.TypeFor[settings]()) {
		variables[field.Name] = field.Tag.Get("env")
	}
	var all Faults
	for _, one := range aggregate.Errors {
		var parse env.ParseError
		if !errors.As(one, &parse) {
			all.add("The environment", "cannot be read", one.Error())
			continue
		}
		variable := variables[parse.Name]
		var faults Faults
		if !errors.As(parse.Err, &faults) { // slog.Level parses itself
			faults = wrong("is "+quote(environment[variable]), "write one of debug, info, warn, error")
		}
		for _, fault := range faults {
			all.add(variable, fault.Problem, fault.Remedy)
		}
	}
	return all
}

// quote returns a wrong value that is not a secret, shortened to 60 characters.
func quote(value string) string { return fmt.Sprintf("%.60q", value) }
