package lenient

import "sync"

// SmallestPage is the smallest page that any known server sends unless its list ends.
const SmallestPage = 10

// Pages knows when a list ends, although a server may send fewer rows than it is asked for: a page is the last if it has fewer rows than
// an earlier one of the same call had. That a page is short proves nothing else, so a list whose page is the longest so far takes one more
// call. The zero value is ready, and safe for concurrent use.
type Pages struct {
	mu      sync.Mutex
	longest map[string]int
}

// IsLast reports whether no page can follow one of a call that asked for so many rows and got these.
func (p *Pages) IsLast(call string, asked, rows int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rows < asked && (rows < SmallestPage || rows < p.longest[call]) {
		return true
	}
	if p.longest == nil {
		p.longest = map[string]int{}
	}
	p.longest[call] = rows
	return false
}

// Skipped says how many records of a list were left out because they can't be told from any other.
type Skipped struct {
	// Operation names the API call.
	Operation string
	Records   int
}
