package ninjaone

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Timestamp is a time as NinjaOne writes it: Unix seconds with up to nine decimals (ninjaone.md 8.1). It also accepts
// milliseconds, numbers in strings and ISO 8601. A value that is null, absent, empty or 0 is the zero Timestamp.
type Timestamp time.Time

// maxUnix is the end of the year 9999. A larger number is in milliseconds.
const maxUnix = 253402300799

var errTimestamp = errors.New("neither Unix seconds nor an ISO 8601 time")

// Time returns the time in UTC, or the zero time if NinjaOne sent none.
func (t Timestamp) Time() time.Time { return time.Time(t) }

// IsZero reports whether NinjaOne sent no time.
func (t Timestamp) IsZero() bool { return time.Time(t).IsZero() }

// String returns the time in RFC 3339, or "" for the zero Timestamp.
func (t Timestamp) String() string {
	if t.IsZero() {
		return ""
	}
	return time.Time(t).UTC().Format(time.RFC3339Nano)
}

// MarshalJSON writes seconds with nine decimals, or null.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	at := time.Time(t)
	if at.Unix() < 0 || at.Unix() > maxUnix {
		return nil, fmt.Errorf("ninjaone: time %s is not between 1970 and 9999", at)
	}
	return fmt.Appendf(nil, "%d.%09d", at.Unix(), at.Nanosecond()), nil
}

// UnmarshalJSON reads any of NinjaOne's forms.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	text := string(data)
	if bytes.HasPrefix(data, []byte(`"`)) {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	at, err := parseTime(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("ninjaone: time %s: %w", oneLine(string(data), maxCode), err)
	}
	*t = Timestamp(at)
	return nil
}

func parseTime(text string) (time.Time, error) {
	if text == "" || text == "null" {
		return time.Time{}, nil
	}
	if at, err := parseUnix(text); err == nil {
		return at, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Unix() >= 0 && at.Unix() <= maxUnix {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errTimestamp
}

// parseUnix keeps all nine decimals, which a float64 cannot hold.
func parseUnix(text string) (time.Time, error) {
	if strings.ContainsAny(text, "eE") {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds >= 0 && seconds <= maxUnix) {
			return time.Time{}, errTimestamp
		}
		whole, fraction := math.Modf(seconds)
		return unixTime(int64(whole), int64(fraction*1e9)), nil
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.Trim(whole+fraction, "0123456789") != "" {
		return time.Time{}, errTimestamp
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil || seconds > maxUnix*1000:
		return time.Time{}, errTimestamp
	case seconds > maxUnix:
		return time.UnixMilli(seconds).UTC(), nil
	}
	nanoseconds, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil {
		return time.Time{}, errTimestamp
	}
	return unixTime(seconds, nanoseconds), nil
}

func unixTime(seconds, nanoseconds int64) time.Time {
	if seconds == 0 && nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, nanoseconds).UTC()
}
