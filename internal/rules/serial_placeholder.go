package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isPlaceholder reports whether a serial number, in the form of SerialKey, is one that manufacturers and hypervisors leave in: filler
// words, with nothing but counting or repeating digits ("systemserialnumb", "mb1234567890", "abc123", "0000").
func isPlaceholder(key string) bool {
	if knownPlaceholder(key) || isFiller(key) {
		return true
	}
	letters, digits := splitLetters(key)
	switch {
	case isFiller(letters) && isFiller(digits): // abc123
		return true
	case !hasFillerWords(key):
		return false
	}
	return utf8.RuneCountInString(digits) <= maxIndex || isFiller(digits) && !isPartialCount(digits)
}

// maxIndex is the most digits that only number a filler text, as in "Type2 - Board Serial Number".
const maxIndex = 2

// knownPlaceholder holds placeholders that follow no pattern: the UUIDs of unconfigured firmware, and constants of single manufacturers.
func knownPlaceholder(key string) bool {
	switch key {
	case "03000200040005000006000700080009", "00020003000400050006000700080009", "12345678123456789012345678901234",
		"123456781234567890abcddeefaabbcc", "6ab5b300538d10149fb5b0684d007b53", "sn123456fvgv3i0b8o5n6n7k", "deadbeef", "c0ffee":
		return true
	}
	return false
}

// splitLetters returns the letters and the digits of a key.
func splitLetters(key string) (letters, digits string) {
	part := func(digit bool) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) == digit {
				return r
			}
			return -1
		}, key)
	}
	return part(false), part(true)
}

// isFiller reports whether a text of at least three characters only counts or repeats: "0000", "123456", "9876543210", "abcdef",
// "0123456789abcdef", "12341234", "123456789000".
func isFiller(text string) bool {
	const minimum = 3
	if len(text) < minimum {
		return false
	}
	if counts(text) || repeats(text) {
		return true
	}
	start := strings.TrimRight(text, "0") // 123456789000
	return len(start) > minimum && len(text)-len(start) >= minimum && counts(start)
}

// counts reports whether each character follows the one before it, always up or always down, or equals it throughout.
func counts(text string) bool {
	for _, step := range []func(rune) rune{
		func(r rune) rune { return r }, following, preceding, followingHex,
	} {
		var before rune
		matches := true
		for at, r := range text {
			if at > 0 && step(before) != r {
				matches = false
				break
			}
			before = r
		}
		if matches {
			return true
		}
	}
	return false
}

func following(r rune) rune {
	if r == '9' {
		return '0'
	}
	return r + 1
}

func preceding(r rune) rune {
	if r == '0' {
		return '9'
	}
	return r - 1
}

// followingHex counts through 0123456789abcdef.
func followingHex(r rune) rune {
	switch r {
	case '9':
		return 'a'
	case 'f':
		return '0'
	}
	return r + 1
}

// repeats reports whether a text is one short or counting unit, again and again.
func repeats(text string) bool {
	const shortUnit = 3
	for size := 1; size <= len(text)/2; size++ {
		unit := text[:size]
		if len(text)%size == 0 && (size <= shortUnit || counts(unit)) && strings.Repeat(unit, len(text)/size) == text {
			return true
		}
	}
	return false
}

// isPartialCount reports whether digits count, but stop in the middle, as those of a real number may after a prefix ("SN-1234567").
func isPartialCount(digits string) bool {
	const shortest, longest = 7, 8
	return len(digits) >= shortest && len(digits) <= longest && strings.Trim(digits, digits[:1]) != "" && !repeats(digits)
}
