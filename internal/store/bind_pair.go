package store

import "context"

// BindPair binds a context to the pair that a connection has now (see WithPair). A context that is bound to a pair of the connection stays
// as it is. It returns ErrNotFound for an unknown connection.
func (s *Store) BindPair(ctx context.Context, name string) (context.Context, error) {
	if pair, bound := PairFrom(ctx); bound && pair.Connection == name {
		return ctx, nil
	}
	pair, err := s.CurrentPair(ctx, name)
	if err != nil {
		return ctx, err
	}
	return WithPair(ctx, pair), nil
}
