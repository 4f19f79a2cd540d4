package rules

import "strings"

// minSerial is the fewest characters a serial number needs to identify a machine.
const minSerial = 4

// isPlaceholder reports whether a serial number, in the form of SerialKey, is a placeholder that manufacturers leave in.
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

// SerialKey returns the form in which serial numbers are compared. It is empty for one that does not identify a machine: too short, one
// character repeated, or a placeholder such as "To be filled by O.E.M.".
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
