package lab

import (
	"bytes"
	"net/http"
	"sync"
	"time"
)

// repliesKept is the number of addresses whose last reply is kept for FaultStaleReply.
const repliesKept = 1000

// lastReplies keeps what was last answered to each GET while a FaultStaleReply is active. It is safe for concurrent use.
type lastReplies struct {
	mu   sync.Mutex
	kept map[string]pastReply
}

type pastReply struct {
	*heldReply
	at time.Time
}

// stale answers a call with an earlier reply, if a FaultStaleReply hits it, and reports whether it did.
func (l *Lab) stale(w http.ResponseWriter, r *http.Request) bool {
	past, found := l.replies.of(r)
	if !found {
		return false
	}
	for _, fault := range l.Faults.List() {
		if fault.Kind == FaultStaleReply && l.options.Now().Sub(past.at) > time.Duration(fault.DelayMillis)*time.Millisecond {
			return false
		}
	}
	if _, hit := l.PickFault(r, FaultStaleReply); !hit {
		return false
	}
	past.send(w)
	return true
}

// remembering serves a GET and keeps its reply, if a FaultStaleReply is active.
func (l *Lab) remembering(vendor http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !l.Faults.has(FaultStaleReply) {
			vendor.ServeHTTP(w, r)
			return
		}
		reply := &heldReply{header: http.Header{}, status: http.StatusOK}
		vendor.ServeHTTP(reply, r)
		if reply.status == http.StatusOK {
			l.replies.keep(r, pastReply{reply.copy(), l.options.Now()})
		}
		reply.send(w)
	})
}

func (k *lastReplies) of(r *http.Request) (pastReply, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	past, found := k.kept[r.URL.String()]
	return past, found && r.Method == http.MethodGet
}

func (k *lastReplies) keep(r *http.Request, reply pastReply) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= repliesKept {
		k.kept = map[string]pastReply{}
	}
	k.kept[r.URL.String()] = reply
}

// copy returns a reply that may be sent several times.
func (h *heldReply) copy() *heldReply {
	return &heldReply{header: h.header.Clone(), status: h.status, body: *bytes.NewBuffer(bytes.Clone(h.body.Bytes()))}
}
