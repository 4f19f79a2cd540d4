package operate

import (
	"context"
	"errors"
	"sync"
	"time"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
)

// How long an answer of Accelo's is used again: pages load often, and one that Accelo keeps waiting shall not wait each time.
const (
	typesFresh   = time.Minute
	refusalFresh = 20 * time.Second
)

// requestTypes remembers what deployments answered, by connection.
type requestTypes struct {
	mu    sync.Mutex
	known map[string]listedTypes
}

type listedTypes struct {
	titles []string
	err    error
	until  time.Time
}

// RequestTypes returns the titles of the request types that alerts can become, as the deployment lists them now or did a minute ago. The
// error says in plain words why there is no list; it comes after two seconds at the latest.
func (o *Operator) RequestTypes(ctx context.Context, actor Actor, connection string) ([]string, error) {
	if err := actor.require(Viewer); err != nil {
		return nil, err
	}
	if o.options.Connector == nil {
		return nil, &UnavailableError{What: "Accelo", Err: errors.New("this program connects no accounts")}
	}
	now := time.Now()
	o.types.mu.Lock()
	known, ok := o.types.known[connection]
	o.types.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.titles, known.err
	}
	titles, err := o.options.Connector(connect.Choices{}).RequestTypes(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknownConnection(connection)
	}
	listed := listedTypes{titles: titles, until: now.Add(typesFresh)}
	if err != nil {
		listed.err, listed.until = &UnavailableError{What: "Accelo", Err: err}, now.Add(refusalFresh)
	}
	if ctx.Err() == nil { // else nobody waited for the answer
		o.types.mu.Lock()
		defer o.types.mu.Unlock()
		if o.types.known == nil {
			o.types.known = map[string]listedTypes{}
		}
		o.types.known[connection] = listed
	}
	return listed.titles, listed.err
}
