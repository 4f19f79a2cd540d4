package rules

import (
	"encoding/hex"
	"strings"
)

// testAlertPrefix begins the uids of our test alerts. NinjaOne's uids are random: theirs are of UUID version 4, ours of version 8,
// which RFC 9562 leaves to applications.
const testAlertPrefix = "7e57a1e7-"

// TestAlertPattern matches the uids of test alerts in an SQL LIKE.
const TestAlertPattern = testAlertPrefix + "____-8%"

// TestAlertUID returns the uid of a test alert. Two tests need different random bytes.
func TestAlertUID(random [11]byte) string {
	digits := hex.EncodeToString(random[:])
	return testAlertPrefix + digits[:4] + "-8" + digits[4:7] + "-8" + digits[7:10] + "-" + digits[10:]
}

// IsTestAlert reports whether an alert is one of our own tests. NinjaOne knows nothing of it: it is in none of its lists, and can't be
// reset there.
func IsTestAlert(uid string) bool {
	return strings.HasPrefix(strings.ToLower(uid), testAlertPrefix) && len(uid) == 36 && uid[14] == '8'
}
