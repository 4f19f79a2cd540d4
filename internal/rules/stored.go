package rules

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Accelo may store a value otherwise than it was sent, and may show it otherwise than it is stored (accelo.md 12). This file and
// stored_forms.go are the only place that says when two values are the same in spite of that.

// Same reports whether two values of a field say the same: they differ at most in the white space around lines, line ends and empty lines,
// Unicode composition and HTML entities; links also in what addresses ignore, and times in how they are written. No edit that a person
// could mean as one is among these.
func (t FieldType) Same(a, b string) bool { return a == b || t.canonical(a) == t.canonical(b) }

// canonical returns the form of a value that all values which are the same share.
func (t FieldType) canonical(value string) string {
	switch t {
	case DateTimeField:
		return canonicalTime(value)
	case HyperlinkField:
		return canonicalLink(value)
	default:
		return canonicalText(value)
	}
}

// canonicalText decodes entities, composes characters, and trims each line to single spaces. Empty lines are dropped.
func canonicalText(text string) string {
	for {
		canonical := cleanLines(text)
		if canonical == text { // what was dropped may have kept an entity or a character apart
			return canonical
		}
		text = canonical
	}
}

func cleanLines(text string) string {
	text = norm.NFC.String(CleanText(decodeEntities(text)))
	lines := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) })
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// canonicalLink ignores what two addresses of one page may differ in: http or https, or neither; the case and the default port of the host;
// slashes at the end; the order of parameters; escapes.
func canonicalLink(link string) string {
	text := canonicalText(link)
	address := text
	if !strings.Contains(address, "://") {
		address = "//" + strings.TrimLeft(address, "/")
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.Opaque != "" {
		return text
	}
	scheme := strings.ToLower(parsed.Scheme)
	if scheme == "http" || scheme == "https" {
		scheme = ""
	}
	host := strings.TrimSuffix(strings.ToLower(parsed.Hostname()), ".")
	if port := parsed.Port(); port != "" && port != "443" && port != "80" {
		host += ":" + port
	}
	query := parsed.RawQuery
	if values, err := url.ParseQuery(query); err == nil {
		query = values.Encode()
	}
	if parsed.User != nil {
		host = parsed.User.String() + "@" + host
	}
	return scheme + "//" + host + cleanPath(parsed.Path) + "?" + query + "#" + cleanPath(parsed.Fragment)
}

// cleanPath drops slashes at the end and dots in between.
func cleanPath(text string) string {
	if text == "" || text == "/" {
		return ""
	}
	return strings.TrimSuffix(path.Clean(text), "/")
}

// canonicalTime returns Unix seconds; "" for the forms of no time.
func canonicalTime(text string) string {
	text = canonicalText(text)
	at, known := parseStoredTime(text)
	switch {
	case !known:
		return text
	case at.Unix() <= 0:
		return ""
	}
	return strconv.FormatInt(at.Unix(), 10)
}

// parseStoredTime reads Unix seconds or milliseconds, with or without decimals, and the usual notations in UTC.
func parseStoredTime(text string) (time.Time, bool) {
	const milliseconds = 100_000_000_000 // as seconds, the year 5138
	if number, err := strconv.ParseFloat(text, 64); err == nil && strings.Trim(text, "0123456789.") == "" {
		if number >= milliseconds {
			number /= 1000
		}
		return time.Unix(int64(number), 0), number < milliseconds
	}
	if strings.Trim(text, "0- :") == "" && text != "" { // 0000-00-00 00:00:00
		return time.Time{}, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05 UTC"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// skipSpace returns a text without white space.
func skipSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
