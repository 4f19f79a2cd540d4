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

// Timestamp is a time as NinjaOne writes it: epoch seconds with a fraction of up to nine digits (contract ninjaone
// 8.1). Numbers in strings and ISO 8601 are read too. Null, absent, empty and 0 are the zero Timestamp.
type Timestamp time.Time

// maxEpoch is the end of the year 9999. Larger numbers are milliseconds, which these members never hold.
const maxEpoch = 253402300799

var errTimestamp = errors.New("neither epoch seconds nor an ISO 8601 time")

// Time is the time in UTC; zero where NinjaOne gave none.
func (t Timestamp) Time() time.Time { return time.Time(t) }

// IsZero tells that NinjaOne gave no time. JSON leaves such members out where they say omitzero.
func (t Timestamp) IsZero() bool { return time.Time(t).IsZero() }

// String is RFC 3339, or empty for no time.
func (t Timestamp) String() string {
	if t.IsZero() {
		return ""
	}
	return time.Time(t).UTC().Format(time.RFC3339Nano)
}

// MarshalJSON writes what UnmarshalJSON reads: seconds with nine decimals, or null.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	at := time.Time(t)
	if at.Unix() < 0 || at.Unix() > maxEpoch {
		return nil, fmt.Errorf("ninjaone: time %s is not between 1970 and 9999", at)
	}
	return fmt.Appendf(nil, "%d.%09d", at.Unix(), at.Nanosecond()), nil
}

// UnmarshalJSON reads the forms that the type's comment lists.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	text := string(data)
	if bytes.HasPrefix(data, []byte(`"`)) {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	at, err := parseTime(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("ninjaone: time %s: %w", line(string(data), maxCode), err)
	}
	*t = Timestamp(at)
	return nil
}

func parseTime(text string) (time.Time, error) {
	if text == "" || text == "null" {
		return time.Time{}, nil
	}
	if at, err := parseEpoch(text); err == nil {
		return at, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Unix() >= 0 && at.Unix() <= maxEpoch {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errTimestamp
}

// parseEpoch keeps all nine digits of the fraction, which a float64 would not.
func parseEpoch(text string) (time.Time, error) {
	if strings.ContainsAny(text, "eE") {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds >= 0 && seconds <= maxEpoch) {
			return time.Time{}, errTimestamp
		}
		whole, fraction := math.Modf(seconds)
		return epoch(int64(whole), int64(fraction*1e9)), nil
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.Trim(whole+fraction, "0123456789") != "" {
		return time.Time{}, errTimestamp
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxEpoch {
		return time.Time{}, errTimestamp
	}
	nanoseconds, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil {
		return time.Time{}, errTimestamp
	}
	return epoch(seconds, nanoseconds), nil
}

func epoch(seconds, nanoseconds int64) time.Time {
	if seconds == 0 && nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, nanoseconds).UTC()
}
