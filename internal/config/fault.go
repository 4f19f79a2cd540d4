package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Fault is one thing that is wrong with one setting.
type Fault struct {
	// Variable is the name of the setting, as a user would type it.
	Variable string
	// Problem says what is wrong, as a predicate: "is not set".
	Problem string
	// Remedy says what to write instead.
	Remedy string
}

// Error reads "VARIABLE problem: remedy". It never holds the value of a secret.
func (f Fault) Error() string {
	return fmt.Sprintf("%s %s: %s", f.Variable, f.Problem, f.Remedy)
}

// Faults is everything that is wrong with an environment, and the only error this package returns. Use errors.As to
// tell it from errors of other packages.
type Faults []Fault

// Error lists every fault on a line of its own.
func (f Faults) Error() string {
	var text strings.Builder
	if len(f) == 1 {
		text.WriteString("1 setting is wrong:")
	} else {
		fmt.Fprintf(&text, "%d settings are wrong:", len(f))
	}
	for _, fault := range f {
		text.WriteString("\n  ")
		text.WriteString(fault.Error())
	}
	return text.String()
}

// Unwrap gives the single faults to errors.Is and errors.As.
func (f Faults) Unwrap() []error {
	faults := make([]error, len(f))
	for i, fault := range f {
		faults[i] = fault
	}
	return faults
}

// add records one fault.
func (f *Faults) add(variable, problem, remedy string) {
	*f = append(*f, Fault{Variable: variable, Problem: problem, Remedy: remedy})
}

// maxQuoted bounds how much of a wrong value, in bytes, is repeated in a message.
const maxQuoted = 60

// quote repeats a wrong value that is no secret, in one line and bounded.
func quote(value string) string {
	if len(value) > maxQuoted {
		cut := maxQuoted
		for cut > 0 && !utf8.RuneStart(value[cut]) {
			cut--
		}
		value = value[:cut] + "…"
	}
	return fmt.Sprintf("%q", value)
}
