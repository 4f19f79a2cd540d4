package ninjaone

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxFilterValues keeps the address of a filtered call under the 8 KiB that servers commonly accept.
const maxFilterValues = 500

// filterWord is what an enumerated value looks like. Values grow (contract ninjaone 4.3), so the form is checked and
// not the list.
var filterWord = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// DeviceFilter selects devices: predicates that must all hold (contract ninjaone 4.6). Only numbers, dates and checked
// words enter it, so no text can change its meaning. The zero value selects the approved devices, which is what
// NinjaOne does whenever no status is asked for.
type DeviceFilter struct {
	predicates []string
	err        error
}

// Devices starts a filter.
func Devices() DeviceFilter { return DeviceFilter{} }

// InOrganizations selects the devices of these organizations.
func (f DeviceFilter) InOrganizations(ids ...int) DeviceFilter { return f.numbers("org", ids) }

// InLocations selects the devices of these locations.
func (f DeviceFilter) InLocations(ids ...int) DeviceFilter { return f.numbers("loc", ids) }

// WithRoles selects the devices with one of these node roles.
func (f DeviceFilter) WithRoles(ids ...int) DeviceFilter { return f.numbers("role", ids) }

// WithIDs selects these devices.
func (f DeviceFilter) WithIDs(ids ...int) DeviceFilter { return f.numbers("id", ids) }

// WithClasses selects the devices of these node classes, such as WINDOWS_SERVER. Some reports ignore it.
func (f DeviceFilter) WithClasses(classes ...string) DeviceFilter { return f.words("class", classes) }

// WithStatus selects the devices of one approval status, such as APPROVED or PENDING.
func (f DeviceFilter) WithStatus(status string) DeviceFilter {
	return f.words("status", []string{status})
}

// CreatedAfter selects the devices created after the given UTC day.
func (f DeviceFilter) CreatedAfter(day time.Time) DeviceFilter {
	day = day.UTC()
	if day.Year() < 1970 || day.Year() > 9999 {
		return f.fail("created", "the year is not between 1970 and 9999")
	}
	return f.and("created after " + day.Format(time.DateOnly))
}

// Online selects the devices that are online.
func (f DeviceFilter) Online() DeviceFilter { return f.and("online") }

// Offline selects the devices that are offline.
func (f DeviceFilter) Offline() DeviceFilter { return f.and("offline") }

// Err wraps ErrInvalid where a value was refused. Calls with such a filter fail with it and send nothing.
func (f DeviceFilter) Err() error { return f.err }

// String is the filter in NinjaOne's syntax, not yet escaped for a URL; empty for the zero value and after a refusal.
func (f DeviceFilter) String() string {
	if f.err != nil {
		return ""
	}
	return strings.Join(f.predicates, " AND ")
}

func (f DeviceFilter) numbers(name string, ids []int) DeviceFilter {
	values := make([]string, len(ids))
	for i, id := range ids {
		if id <= 0 {
			return f.fail(name, fmt.Sprintf("%d is no id", id))
		}
		values[i] = strconv.Itoa(id)
	}
	return f.in(name, values)
}

func (f DeviceFilter) words(name string, words []string) DeviceFilter {
	for _, word := range words {
		if !filterWord.MatchString(word) {
			return f.fail(name, fmt.Sprintf("%q is no enumerated value", line(word, maxCode)))
		}
	}
	return f.in(name, words)
}

// in refuses an empty list: left out, it would select everything.
func (f DeviceFilter) in(name string, values []string) DeviceFilter {
	switch {
	case len(values) == 0:
		return f.fail(name, "the list is empty")
	case len(values) > maxFilterValues:
		return f.fail(name, fmt.Sprintf("the list has %d values; ask for %d at a time", len(values), maxFilterValues))
	case len(values) == 1:
		return f.and(name + " = " + values[0])
	}
	return f.and(name + " in (" + strings.Join(values, ",") + ")")
}

// and copies, so that filters made from the same beginning do not share their end.
func (f DeviceFilter) and(predicate string) DeviceFilter {
	f.predicates = append(slices.Clone(f.predicates), predicate)
	return f
}

func (f DeviceFilter) fail(name, reason string) DeviceFilter {
	if f.err == nil {
		f.err = fmt.Errorf("ninjaone: %w device filter %q: %s", ErrInvalid, name, reason)
	}
	return f
}
