package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A serial number identifies a machine only if it has at least minSerial letters and digits. A text of more than maxSerial is none.
const (
	minSerial = 4
	maxSerial = 128
)

// Serial returns the first of a machine's serial numbers that identifies it, as the vendor writes it, and "" if none does. The candidates
// are the sources in order of preference: a placeholder in one of them never hides a real number in the next.
func Serial(candidates ...string) string {
	for _, candidate := range candidates {
		if SerialKey(candidate) != "" {
			return CleanName(candidate)
		}
	}
	return ""
}

// SerialKey returns the only form in which serial numbers are compared: letters and digits, without case, punctuation and white space. It
// is empty for one that identifies no machine: too short, a placeholder such as "To be filled by O.E.M.", or digits that only count or
// repeat. Store serial numbers as they are and compare their keys, so that a better key also applies to those stored before.
func SerialKey(serial string) string {
	key := bare(serial)
	if length := utf8.RuneCountInString(key); length < minSerial || length > maxSerial || isPlaceholder(key) {
		return ""
	}
	return key
}

// bare returns the letters and digits of a text in lower case. Forms that only look different, such as full-width digits, are equal.
func bare(text string) string {
	for {
		kept := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, ""))))
		if kept == text { // what was dropped may have kept letters from composing
			return kept
		}
		text = kept
	}
}
