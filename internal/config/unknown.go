package config

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// ownPrefixes begin the names that belong to this product alone: whatever else begins so is a mistake.
var ownPrefixes = []string{"NINJAONE_", "ACCELO_", "ALERT_", "ON_", "ASSET_REFRESH", "RECONCILE_"}

// serviceLink matches the variables that Kubernetes and Docker put into every container for a service, such as
// NINJAONE_ACCELO_SERVICE_HOST. Nobody wrote them, so they are no mistakes.
var serviceLink = regexp.MustCompile(`_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?$`)

// nearMiss is how many typing errors may lie between a variable and the setting it was meant to be, where its name
// does not begin like one of ours and so may belong to somebody else.
const nearMiss = 2

// longestName bounds the names that are compared; those of our settings are half as long.
const longestName = 80

// checkNames finds variables that look like settings of ours and are none.
func checkNames(environment map[string]string, faults *Faults) {
	known := Variables()
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		if slices.Contains(known, name) || len(name) > longestName || serviceLink.MatchString(name) || strings.HasPrefix(name, TemporalHeaderPrefix) {
			continue
		}
		closest, distance := closestName(name, known)
		rest, own := cutOwnPrefix(name)
		switch {
		case distance <= nearMiss || own && distance <= len(rest)/2:
			faults.add(name, "is not a setting", "did you mean "+closest+"?")
		case own:
			faults.add(name, "is not a setting", "remove it; names that begin like this are read by this program only")
		}
	}
}

// cutOwnPrefix returns what follows the prefix of ours that a name begins with, if it begins with one.
func cutOwnPrefix(name string) (rest string, own bool) {
	for _, prefix := range ownPrefixes {
		if rest, own = strings.CutPrefix(name, prefix); own {
			return rest, true
		}
	}
	return name, false
}

// closestName returns the known name that takes the fewest typing errors to get from name, and how many. Writing in
// lower case counts as none.
func closestName(name string, known []string) (closest string, distance int) {
	upper := strings.ToUpper(name)
	distance = math.MaxInt
	for _, candidate := range known {
		if d := typingErrors(upper, candidate); d < distance {
			closest, distance = candidate, d
		}
	}
	return closest, distance
}

// typingErrors counts the characters added, left out, mistaken or swapped with their neighbour between two names
// (optimal string alignment distance).
func typingErrors(a, b string) int {
	previous, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		beforePrevious := previous
		previous, row = row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			mistaken := 1
			if a[i-1] == b[j-1] {
				mistaken = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+mistaken)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforePrevious[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
