package rules

import "strings"

// minSerial is how many characters a serial number has at least that tells one machine from another.
const minSerial = 4

// isPlaceholder tells what makers leave in place of a serial number, as SerialKey writes it.
func isPlaceholder(key string) bool {
	switch key {
	case "to be filled by o.e.m.", "to be filled by oem", "filled by oem", "o.e.m.", "default string", "system serial number",
		"chassis serial number", "base board serial number", "baseboard serial number", "serial number", "serialnumber", "serial",
		"none", "null", "n/a", "not applicable", "not available", "not specified", "not defined", "not provided", "not settable",
		"undefined", "unknown", "invalid", "empty", "standard", "no serial", "no serial number", "no asset tag",
		"0123456789", "1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "sn123456789":
		return true
	}
	return false
}

// SerialKey is what serial numbers are compared by, and empty for one that does not tell a machine from others: too short,
// made of one character alone, or a maker's placeholder such as "To be filled by O.E.M.".
func SerialKey(serial string) string {
	key := strings.ToLower(CleanName(serial))
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.:/#*", r) {
			return -1
		}
		return r
	}, key)
	runes := []rune(bare)
	if len(runes) < minSerial || isPlaceholder(key) || strings.Count(bare, string(runes[0])) == len(runes) {
		return ""
	}
	return key
}
