package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"ninjaone-accelo/clients/lenient"
)

// read makes a GET. A list that is refused is asked for in another form, as long as this form was never answered.
func (c *Client) read(ctx context.Context, operation, path string, q query) (payload, apiCall, error) {
	call := apiCall{operation: operation, method: http.MethodGet, path: path, query: q}
	if err := q.filters.check(); err != nil {
		return payload{}, call, fmt.Errorf("accelo: %s: %w", operation, err)
	}
	call.query = c.forms.adapt(q)
	result, err := c.do(ctx, call)
	if err == nil {
		c.forms.answered(call.query, call.query)
	}
	if !IsInvalidRequest(err) || IsUnrecognizedEndpoint(err) {
		return result, call, err
	}
	for _, form := range c.forms.others(call.query) {
		other := call
		other.query = form
		if result, err := c.do(ctx, other); err == nil {
			c.forms.answered(call.query, form)
			return result, other, nil
		}
	}
	return result, call, err
}

// readObject reads one object. One that should have an ID and shows none is unreadable.
func readObject[T any](ctx context.Context, c *Client, operation, path string, q query) (T, error) {
	result, call, err := c.read(ctx, operation, path, q)
	if err != nil {
		var none T
		return none, err
	}
	value, err := object[T](call, result)
	if identified, ok := any(value).(keyed); err == nil && ok && identified.key() <= 0 {
		err = call.unreadable(result, errNoID)
	}
	return value, err
}

var errNoID = errors.New("the response holds no id")

// find returns a record, nil only if a list by ID lacks it and the record doesn't answer for itself either: a list may come back short, and an
// invalid call is answered like a deleted record (accelo.md 3.3).
func find[T any](
	ctx context.Context, id ID, list func(context.Context, []ID) ([]T, error), one func(context.Context, ID) (T, error),
) (*T, error) {
	listed, err := list(ctx, []ID{id})
	if err != nil {
		return nil, err
	}
	if len(listed) > 0 {
		return &listed[0], nil
	}
	record, err := one(ctx, id)
	switch {
	case IsInvalidRequest(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &record, nil
}

// readList reads a list, without the records that have no readable ID.
func readList[T any](ctx context.Context, c *Client, operation, path string, q query) ([]T, error) {
	list, _, err := readPage[T](ctx, c, operation, path, q)
	return list, err
}

// readPage is like readList, and also returns how many records the list has.
func readPage[T any](ctx context.Context, c *Client, operation, path string, q query) ([]T, int, error) {
	result, call, err := c.read(ctx, operation, path, q)
	if err != nil {
		return nil, 0, err
	}
	list, err := decodeList[T](result.data)
	all := len(list)
	return withKeys(ctx, c, operation, list), all, call.unreadable(result, err)
}

// withKeys leaves out the records without an ID, and says how many it left out.
func withKeys[T any](ctx context.Context, c *Client, operation string, list []T) []T {
	all := len(list)
	list = slices.DeleteFunc(list, func(record T) bool {
		identified, ok := any(record).(keyed)
		return ok && identified.key() <= 0
	})
	if count := all - len(list); count > 0 {
		c.skipped(ctx, lenient.Skipped{Operation: operation, Records: count})
	}
	return list
}

// readWrappedList reads a list that is wrapped under a key.
func readWrappedList[T any](ctx context.Context, c *Client, operation, path, key string, q query) ([]T, error) {
	list, _, err := readWrappedPage[T](ctx, c, operation, path, key, q)
	return list, err
}

// readWrappedPage is like readPage for a list that is wrapped under a key.
func readWrappedPage[T any](ctx context.Context, c *Client, operation, path, key string, q query) ([]T, int, error) {
	result, call, err := c.read(ctx, operation, path, q)
	if err != nil {
		return nil, 0, err
	}
	inner, err := unwrap(result.data, key)
	if err != nil {
		return nil, 0, call.unreadable(result, err)
	}
	list, err := decodeList[T](inner)
	all := len(list)
	return withKeys(ctx, c, operation, list), all, call.unreadable(result, err)
}

// write makes a POST, PUT or DELETE and returns the object in the response.
func write[T any](ctx context.Context, c *Client, operation, method, path string, f form) (T, error) {
	call := apiCall{operation: operation, method: method, path: path, form: f}
	result, err := c.do(ctx, call)
	if err != nil {
		var none T
		return none, err
	}
	return object[T](call, result)
}

// create makes a POST and returns the new object. A response without its ID is an error.
func create[T keyed](ctx context.Context, c *Client, operation, path string, f form) (T, error) {
	created, err := write[T](ctx, c, operation, http.MethodPost, path, f)
	if err == nil && created.key() <= 0 {
		call := apiCall{operation: operation, method: http.MethodPost, path: path}
		err = call.unreadable(payload{status: http.StatusOK}, errNoID)
	}
	return created, err
}

func object[T any](call apiCall, result payload) (T, error) {
	value, err := decodeObject[T](result.data)
	return value, call.unreadable(result, err)
}

// unreadable returns an *APIError if the content of a successful response could not be read. A write was carried out anyway.
func (c apiCall) unreadable(result payload, err error) error {
	if err == nil {
		return nil
	}
	text := oneLine(err.Error(), maxExcerpt)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		text = fmt.Sprintf("%s is a %s", oneLine(wrongType.Field, maxExcerpt), oneLine(wrongType.Value, maxExcerpt))
	}
	return &APIError{
		Operation: c.operation, Method: c.method, Path: c.path, StatusCode: result.status,
		Code: codeOK, Message: "unreadable response: " + text, unreadable: true,
	}
}

// invalid returns an error for a call that is not made because an argument is missing or unsafe.
func invalid(operation, format string, args ...any) error {
	return fmt.Errorf("accelo: %s: %w %s", operation, ErrInvalid, fmt.Sprintf(format, args...))
}
