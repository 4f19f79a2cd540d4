package activities

import (
	"context"
	"errors"
	"reflect"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// currentPair returns the pair of a connection.
type currentPair func(ctx context.Context, connection string) (store.Pair, error)

// bindPair binds the context of an activity to the pair of accounts that its execution is about. After the connection has moved to
// another pair, the activity can use neither the database nor a client of the connection.
//
// An execution that names no pair is about the one that was current when it started, because nobody could have meant another.
func bindPair(ctx context.Context, arguments []any, current currentPair) (context.Context, error) {
	carried := flow.PairFrom(ctx)
	if carried.Number != 0 {
		return store.WithPair(ctx, store.Pair{Connection: carried.Connection, Number: carried.Number}), nil
	}
	name := connectionOf(arguments)
	if name == "" {
		return ctx, nil
	}
	pair, err := current(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound): // the activity says what to do about that
		return ctx, nil
	case err != nil:
		return ctx, err
	case pair.Number > 1 && !carried.Started.IsZero() && carried.Started.Before(pair.Since):
		return ctx, store.ErrFormerPair
	}
	return store.WithPair(ctx, pair), nil
}

// connectionOf returns the connection that an activity's input names, itself or in one of its members.
func connectionOf(arguments []any) string {
	for _, argument := range arguments {
		if name := connectionIn(reflect.ValueOf(argument)); name != "" {
			return name
		}
	}
	return ""
}

func connectionIn(value reflect.Value) string {
	if value.Kind() != reflect.Struct {
		return ""
	}
	if name := value.FieldByName("Connection"); name.IsValid() && name.Kind() == reflect.String {
		return name.String()
	}
	for i := range value.NumField() {
		if name := connectionIn(value.Field(i)); name != "" {
			return name
		}
	}
	return ""
}
