package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader turns the text of single settings into values and collects what is wrong with them.
type reader struct {
	faults *Faults
}

// database checks the form only; the store says what the server answers.
func (r reader) database(variable, value string) Secret {
	isURL := strings.HasPrefix(value, "postgres://") || strings.HasPrefix(value, "postgresql://")
	isKeywords := !strings.Contains(value, "://") && strings.Contains(value, "=")
	switch {
	case value == "":
		r.faults.add(variable, "is not set", "write postgres://USER:PASSWORD@HOST:5432/DATABASE")
	case !isURL && !isKeywords:
		r.faults.add(variable, "is not a PostgreSQL address", "write postgres://USER:PASSWORD@HOST:5432/DATABASE")
	}
	return Secret(value)
}

func (r reader) key(variable, value string) Secret {
	const remedy = "make a key with `openssl rand -base64 32`, and keep it: what was stored under another one cannot be read"
	if value == "" {
		r.faults.add(variable, "is not set", remedy)
		return ""
	}
	key, err := decodeKey(value)
	if err != nil {
		r.faults.add(variable, "is not base64 of 32 bytes", remedy)
		return ""
	}
	return Secret(key)
}

func (r reader) adminToken(variable, value string) Secret {
	if value != "" && len([]rune(value)) < minAdminToken {
		r.faults.add(variable, fmt.Sprintf("is shorter than %d characters", minAdminToken),
			"make one with `openssl rand -hex 24`")
	}
	return Secret(value)
}

// address checks a host:port to listen at.
func (r reader) address(variable, value string) string {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		r.faults.add(variable, "is "+quote(value), "write HOST:PORT, or :PORT for all interfaces")
	}
	return value
}

// url checks a base URL and drops slashes at its end. Empty stays empty.
func (r reader) url(variable, value string) string {
	if value == "" {
		return ""
	}
	base, err := url.Parse(value)
	switch {
	case err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https":
		// Not repeated: what does not parse may still hold a password.
		r.faults.add(variable, "is not a URL", "write https://HOST")
	case base.User != nil:
		r.faults.add(variable, "holds a user name or password", "write https://HOST without them")
	case base.RawQuery != "" || base.Fragment != "":
		r.faults.add(variable, "has more than a path after the host", "leave out what follows ? or #")
	}
	return strings.TrimRight(value, "/")
}

// safeURL is url for addresses that secrets are sent to: plain http only to this machine.
func (r reader) safeURL(variable, value string) string {
	base, err := url.Parse(value)
	if err == nil && base.Scheme == "http" && base.Hostname() != "" && !isLoopback(base.Hostname()) {
		r.faults.add(variable, "is plain http to another machine, where secrets can be read on the way",
			"write https://"+base.Host)
	}
	return r.url(variable, value)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// baseURL is safeURL for a vendor's API; the paths below it are added by the clients.
func (r reader) baseURL(variable, value string, paths ...string) string {
	value = r.safeURL(variable, value)
	for _, path := range paths {
		if base, ok := strings.CutSuffix(value, path); ok {
			r.faults.add(variable, "ends in "+path, "write "+base)
			break
		}
	}
	return value
}

// duration accepts what time.ParseDuration does, not below least.
func (r reader) duration(variable, value string, least time.Duration) time.Duration {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil:
		r.faults.add(variable, "is "+quote(value), "write a time such as 90s, 15m or 24h")
	case d < 0:
		r.faults.add(variable, "is negative: "+quote(value), "write a time such as 90s, 15m or 24h")
	case d < least:
		r.faults.add(variable, "is too short: "+quote(value), "write at least "+least.String())
	}
	return d
}

// share accepts a number from 0 to most.
func (r reader) share(variable, value string, most float64) float64 {
	number, err := strconv.ParseFloat(value, 64)
	if err != nil || !(number >= 0 && number <= most) { // Baseline so that NaN is refused.
		r.faults.add(variable, "is "+quote(value), fmt.Sprintf("write a number from 0 to %g, such as 0.2", most))
	}
	return number
}

// choice accepts one of a few words in either case and returns it as it is listed.
func (r reader) choice(variable, value string, words ...string) string {
	i := slices.IndexFunc(words, func(word string) bool { return strings.EqualFold(word, value) })
	if i < 0 {
		r.faults.add(variable, "is "+quote(value), "write one of "+strings.Join(words, ", "))
		return ""
	}
	return words[i]
}

func (r reader) level(variable, value string) slog.Level {
	var level slog.Level
	if word := r.choice(variable, value, "debug", "info", "warn", "error"); word != "" {
		// The words are those that slog knows, so this cannot fail.
		_ = level.UnmarshalText([]byte(word))
	}
	return level
}

// yesOrNo accepts the words that Temporal's contrib/envconfig understands, and nothing.
func (r reader) yesOrNo(variable, value string) {
	if value != "" {
		r.choice(variable, value, "true", "false", "1", "0")
	}
}
