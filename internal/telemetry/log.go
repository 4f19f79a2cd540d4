package telemetry

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// masked replaces a value that must not be logged.
const masked = "[redacted]"

// NewLogger returns a logger for a level and above. It writes JSON if the format is "json", and text otherwise, with times in
// UTC. As a last line of defense it masks attributes whose keys suggest a secret, passwords in URLs and bearer tokens.
func NewLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: cleanAttribute}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// cleanAttribute implements slog.HandlerOptions.ReplaceAttr.
func cleanAttribute(groups []string, attribute slog.Attr) slog.Attr {
	if len(groups) == 0 && attribute.Key == slog.TimeKey && attribute.Value.Kind() == slog.KindTime {
		return slog.Time(slog.TimeKey, attribute.Value.Time().UTC())
	}
	if isSecretKey(attribute.Key) || slices.ContainsFunc(groups, isSecretKey) {
		if attribute.Value.Equal(slog.StringValue("")) {
			return attribute
		}
		return slog.String(attribute.Key, masked)
	}
	switch attribute.Value.Kind() {
	case slog.KindString:
		return slog.String(attribute.Key, cleanText(attribute.Value.String()))
	case slog.KindTime:
		return slog.Time(attribute.Key, attribute.Value.Time().UTC())
	case slog.KindAny:
		return slog.Attr{Key: attribute.Key, Value: cleanAny(attribute.Value)}
	}
	return attribute
}

// secretWords are contained in the keys of secrets, in any spelling: clientSecret, X-Api-Key, admin_token.
var secretWords = []string{
	"authorization", "secret", "token", "password", "passwd", "passphrase", "credential", "apikey", "accesskey",
	"privatekey", "cookie", "signature",
}

// separators removes what joins the words of a key.
var separators = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

func isSecretKey(key string) bool {
	plain := separators.Replace(strings.ToLower(key))
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(plain, word) })
}

var (
	urlPassword = regexp.MustCompile(`(://[^/\s:@]*:)[^/\s@]+@`)
	urlQuery    = regexp.MustCompile(`(?i)([?&][^=&\s"]*(?:secret|token|password|key|signature)[^=&\s"]*=)[^&\s"]+`)
	bearer      = regexp.MustCompile(`(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}`)
)

// cleanText masks the secrets in URLs and authorization headers within a text.
func cleanText(text string) string {
	if strings.Contains(text, "://") {
		text = urlPassword.ReplaceAllString(text, "${1}"+masked+"@")
		text = urlQuery.ReplaceAllString(text, "${1}"+masked)
	}
	return bearer.ReplaceAllString(text, "$1 "+masked)
}

// cleanAny masks types of values that often contain secrets. Other types format themselves.
func cleanAny(value slog.Value) slog.Value {
	switch held := value.Any().(type) {
	case error:
		return slog.StringValue(cleanText(held.Error()))
	case http.Header:
		return slog.AnyValue(cleanFields(held))
	case url.Values:
		return slog.AnyValue(cleanFields(held))
	case *url.URL:
		if held == nil {
			return value
		}
		return slog.StringValue(cleanText(held.Redacted()))
	}
	return value
}

// cleanFields returns a copy with the values of secret keys masked.
func cleanFields(fields map[string][]string) map[string][]string {
	clean := make(map[string][]string, len(fields))
	for key, values := range fields {
		if isSecretKey(key) {
			values = []string{masked}
		}
		clean[key] = values
	}
	return clean
}
