package simulation

import "time"

// shrink leaves out as much of a failing life as it can while the same promise breaks, and returns what is left. Each try lives
// once; there are at most maxTries.
func shrink(failing outcome, again func(keep map[string]bool) outcome) outcome {
	best, tries, until := failing, 0, time.Now().Add(longestShrink)
	for size := max(len(best.happened)/2, 1); ; {
		smaller := false
		for from := 0; from < len(best.happened) && time.Now().Before(until) && tries < maxTries; {
			keep := map[string]bool{}
			for i, h := range best.happened {
				if i < from || i >= from+size {
					keep[h.id] = true
				}
			}
			tries++
			if o := again(keep); o.breaks(failing) && len(o.happened) < len(best.happened) {
				best, smaller = o, true
				continue // what followed has moved here
			}
			from += size
		}
		if tries >= maxTries || time.Now().After(until) || size == 1 && !smaller {
			return best
		}
		if !smaller || size > len(best.happened) {
			size = max(min(size, len(best.happened))/2, 1)
		}
	}
}

// Both bound how long a shrink takes.
const (
	maxTries      = 200
	longestShrink = 40 * time.Second
)

// breaks reports whether a life breaks the promise that another one broke.
func (o outcome) breaks(other outcome) bool {
	return len(o.problems) > 0 && o.problems[0] == other.problems[0]
}
