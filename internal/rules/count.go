package rules

import "strconv"

// Count returns a number with its noun, such as "1 alert" or "1,200 alerts". The plural is the singular with an "s" unless
// it is given.
func Count(n int, singular string, plural ...string) string {
	noun := singular + "s"
	switch {
	case n == 1:
		noun = singular
	case len(plural) > 0:
		noun = plural[0]
	}
	return Number(n) + " " + noun
}

// Number returns a number with thousands separators, such as "12,345".
func Number(n int) string {
	digits := strconv.Itoa(n)
	const group = 3
	for at := len(digits) - group; at > 0 && digits[at-1] != '-'; at -= group {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
