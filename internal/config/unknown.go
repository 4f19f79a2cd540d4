package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// ownPrefixes begin the variables that only this program reads: an unknown one is a mistake.
var ownPrefixes = []string{"NINJAONE_", "ACCELO_", "ALERT_", "ON_", "ASSET_REFRESH", "RECONCILE_"}

// serviceLink matches the variables that Kubernetes and Docker add to every container for a service, such as
// NINJAONE_ACCELO_SERVICE_HOST.
var serviceLink = regexp.MustCompile(`_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?$`)

const (
	// maxTypos is the largest edit distance at which a variable without one of our prefixes counts as a mistyped setting.
	maxTypos = 2
	// maxName bounds the names that are compared, in bytes.
	maxName = 80
)

// names looks for unknown variables that are meant for this program.
func (c *checker) names() {
	known := Variables()
	for _, name := range slices.Sorted(maps.Keys(c.environment)) {
		if slices.Contains(known, name) || len(name) > maxName || serviceLink.MatchString(name) || strings.HasPrefix(name, TemporalHeaderPrefix) {
			continue
		}
		distance := func(setting string) int { return levenshtein.ComputeDistance(strings.ToUpper(name), setting) }
		closest := slices.MinFunc(known, func(a, b string) int { return distance(a) - distance(b) })
		allowed, own := maxTypos, false
		for _, prefix := range ownPrefixes {
			if rest, found := strings.CutPrefix(name, prefix); found {
				allowed, own = max(maxTypos, len(rest)/2), true
			}
		}
		switch {
		case distance(closest) <= allowed:
			c.add(name, "is not a setting", "did you mean "+closest+"?")
		case own:
			c.add(name, "is not a setting", "remove it; variables with this prefix are reserved for this program")
		}
	}
}
