package config

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"ninjaone-accelo/internal/rules"
)

type (
	// Address is a host:port to listen on. An empty host means all interfaces.
	Address string
	// URL is a base URL without a trailing slash.
	URL string
	// SecureURL is a URL that receives secrets. It has the scheme https, except on this machine.
	SecureURL string
	// Severity is NONE, MINOR, MODERATE, MAJOR or CRITICAL.
	Severity string
	// LogFormat is text or json.
	LogFormat string
	// yesNo is a boolean that Temporal's contrib/envconfig reads.
	yesNo string
)

// maxReserve is the largest ACCELO_BUDGET_RESERVE: with more, a full import would hardly advance.
const maxReserve = 0.9

// parsers convert the types that env can't convert, or whose errors need a remedy. Their errors are Faults.
func parsers() map[reflect.Type]env.ParserFunc {
	return map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[Address]():             parseAddress,
		reflect.TypeFor[URL]():                 parseURL,
		reflect.TypeFor[SecureURL]():           parseSecureURL,
		reflect.TypeFor[time.Duration]():       parseDuration,
		reflect.TypeFor[float64]():             parseShare,
		reflect.TypeFor[rules.RemoteControl](): parseRemoteControl,
		reflect.TypeFor[Severity]():            choice[Severity]("NONE", "MINOR", "MODERATE", "MAJOR", "CRITICAL"),
		reflect.TypeFor[rules.OnReset]():       choice(rules.OnResetClose, rules.OnResetCloseUnclaimed, rules.OnResetNote),
		reflect.TypeFor[rules.OnConvert]():     choice(rules.OnConvertReset, rules.OnConvertKeep),
		reflect.TypeFor[LogFormat]():           choice[LogFormat]("text", "json"),
		reflect.TypeFor[yesNo]():               choice[yesNo]("true", "false", "1", "0"),
	}
}

// choice accepts the given words in any case, and returns the word as it is given.
func choice[T ~string](words ...T) env.ParserFunc {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return func(value string) (any, error) {
		i := slices.IndexFunc(texts, func(text string) bool { return strings.EqualFold(text, value) })
		if i < 0 {
			return nil, wrong("is "+quote(value), "write one of "+strings.Join(texts, ", "))
		}
		return words[i], nil
	}
}

func parseAddress(value string) (any, error) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return nil, wrong("is "+quote(value), "write HOST:PORT, or :PORT for all interfaces")
	}
	return Address(value), nil
}

func parseURL(value string) (any, error) {
	if faults := urlFaults(value); faults != nil {
		return nil, faults
	}
	return URL(strings.TrimRight(value, "/")), nil
}

func parseSecureURL(value string) (any, error) {
	faults := urlFaults(value)
	if base, err := url.Parse(value); err == nil && base.Scheme == "http" && base.Hostname() != "" && !isLoopback(base.Hostname()) {
		faults.add("", "is plain http to another machine: secrets could be read on the way", "write https://"+base.Host)
	}
	if faults != nil {
		return nil, faults
	}
	return SecureURL(strings.TrimRight(value, "/")), nil
}

// urlFaults never repeats the value, which may contain a password.
func urlFaults(value string) Faults {
	base, err := url.Parse(value)
	switch {
	case err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https":
		return wrong("is not a URL", "write https://HOST")
	case base.User != nil:
		return wrong("contains a user name or password", "write https://HOST without them")
	case base.RawQuery != "" || base.Fragment != "":
		return wrong("has more than a path after the host", "remove everything from ? or # on")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// parseDuration reads Go's notation, which may begin with days: 400d, 1d12h.
func parseDuration(value string) (any, error) {
	d, err := duration(value)
	switch {
	case err != nil:
		return nil, wrong("is "+quote(value), "write a time such as 90s, 15m, 24h or 30d")
	case d < 0:
		return nil, wrong("is negative: "+quote(value), "write a time such as 90s, 15m, 24h or 30d")
	}
	return d, nil
}

func duration(value string) (time.Duration, error) {
	const day = 24 * time.Hour
	days, rest, hasDays := strings.Cut(value, "d")
	if !hasDays {
		return time.ParseDuration(value)
	}
	count, err := strconv.ParseInt(days, 10, 64)
	switch {
	case err != nil:
		return 0, err
	case count < 0: // what is left can't make it positive
		return -1, nil
	case count >= int64(math.MaxInt64/day):
		return 0, strconv.ErrRange
	case rest == "":
		return time.Duration(count) * day, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || d >= day {
		return 0, cmp.Or(err, strconv.ErrRange)
	}
	return time.Duration(count)*day + d, nil
}

func parseShare(value string) (any, error) {
	share, err := strconv.ParseFloat(value, 64)
	if err != nil || !(share >= 0 && share <= maxReserve) { // written so that NaN is rejected
		return nil, wrong("is "+quote(value), fmt.Sprintf("write a number from 0 to %g, such as 0.2", maxReserve))
	}
	return share, nil
}

// parseRemoteControl reads `dashboard`, `legacy` or `custom-field:NAME=URL-TEMPLATE`.
func parseRemoteControl(value string) (any, error) {
	switch source := rules.RemoteControlSource(value); source {
	case rules.RemoteControlDashboard, rules.RemoteControlLegacy:
		return rules.RemoteControl{Source: source}, nil
	}
	rest, isField := strings.CutPrefix(value, string(rules.RemoteControlCustomField)+":")
	field, template, isPair := strings.Cut(rest, "=")
	field, template = strings.TrimSpace(field), strings.TrimSpace(template)
	const example = "such as custom-field:teamviewerId=https://start.teamviewer.com/{value}"
	switch {
	case !isField:
		return nil, wrong("is "+quote(value), "write dashboard, legacy or custom-field:NAME=URL-TEMPLATE")
	case !isPair || field == "":
		return nil, wrong("needs the name of a custom field and a link", "write custom-field:NAME=URL-TEMPLATE, "+example)
	case !strings.Contains(template, rules.ValuePlaceholder):
		return nil, wrong("has no {value} in its link", "put {value} where the content of "+quote(field)+" belongs")
	case !isLinkTemplate(template):
		return nil, wrong("needs a link to a fixed https host", "write custom-field:NAME=URL-TEMPLATE, "+example)
	}
	return rules.RemoteControl{Source: rules.RemoteControlCustomField, Field: field, URLTemplate: template}, nil
}

// isLinkTemplate reports whether a custom field's value, which is untrusted, can only change the link after its host.
func isLinkTemplate(template string) bool {
	before, _, _ := strings.Cut(template, rules.ValuePlaceholder)
	link, err := url.Parse(before)
	return err == nil && link.Scheme == "https" && link.Hostname() != "" && link.User == nil &&
		(link.Path != "" || link.RawQuery != "" || link.ForceQuery)
}
