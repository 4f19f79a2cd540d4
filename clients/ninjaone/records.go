package ninjaone

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

// readList reads a list that comes as a bare array.
func readList[T any](ctx context.Context, c *Client, call apiCall, query url.Values) ([]T, error) {
	var rows []T
	call.query = query
	if err := c.do(ctx, call, &rows); err != nil {
		return nil, err
	}
	return rows, nil
}

// readObject reads one record and checks that the response holds the record with this ID.
func readObject[T keyed](ctx context.Context, c *Client, operation, path string, id int) (T, error) {
	var object, none T
	if err := checkID(operation, id); err != nil {
		return none, err
	}
	call := apiCall{operation: operation, path: path + strconv.Itoa(id), oneRecord: true}
	if err := c.do(ctx, call, &object); err != nil {
		return none, err
	}
	if got := object.key(); got != id {
		return none, call.unreadable(fmt.Errorf("the response holds the record with ID %d", got))
	}
	return object, nil
}

func checkID(operation string, id int) error {
	if id <= 0 {
		return fmt.Errorf("ninjaone: %s: %w ID %d", operation, ErrInvalid, id)
	}
	return nil
}
