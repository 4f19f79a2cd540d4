package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// read makes a GET.
func (c *Client) read(ctx context.Context, operation, path string, q query) (reply, call, error) {
	made := call{operation: operation, method: http.MethodGet, path: path, query: q}
	if err := q.filters.fault(); err != nil {
		return reply{}, made, err
	}
	answer, err := c.do(ctx, made)
	return answer, made, err
}

func readObject[T any](ctx context.Context, c *Client, operation, path string, q query) (T, error) {
	answer, made, err := c.read(ctx, operation, path, q)
	if err != nil {
		var none T
		return none, err
	}
	return object[T](c, made, answer)
}

func readList[T any](ctx context.Context, c *Client, operation, path string, q query) ([]T, error) {
	answer, made, err := c.read(ctx, operation, path, q)
	if err != nil {
		return nil, err
	}
	list, err := decodeList[T](answer.response)
	return list, c.unreadable(made, answer, err)
}

func readWrapped[T any](ctx context.Context, c *Client, operation, path, key string, q query) ([]T, error) {
	answer, made, err := c.read(ctx, operation, path, q)
	if err != nil {
		return nil, err
	}
	inner, err := decodeWrapped(answer.response, key)
	if err != nil {
		return nil, c.unreadable(made, answer, err)
	}
	list, err := decodeList[T](inner)
	return list, c.unreadable(made, answer, err)
}

// write makes a POST, PUT or DELETE and reads the object that it returns.
func write[T any](ctx context.Context, c *Client, operation, method, path string, f form) (T, error) {
	made := call{operation: operation, method: method, path: path, form: f}
	answer, err := c.do(ctx, made)
	if err != nil {
		var none T
		return none, err
	}
	return object[T](c, made, answer)
}

// create is a write whose reply must tell the new object's id; without it nobody knows what was made.
func create[T keyed](ctx context.Context, c *Client, operation, path string, f form) (T, error) {
	made, err := write[T](ctx, c, operation, http.MethodPost, path, f)
	if err == nil && made.key() <= 0 {
		sent := call{operation: operation, method: http.MethodPost, path: path}
		err = c.unreadable(sent, reply{status: http.StatusOK}, errors.New("the reply holds no id"))
	}
	return made, err
}

func object[T any](c *Client, made call, answer reply) (T, error) {
	value, err := decodeObject[T](answer.response)
	return value, c.unreadable(made, answer, err)
}

// unreadable makes a success whose payload cannot be read an *APIError: for a write, it was carried out all the same.
func (c *Client) unreadable(made call, answer reply, err error) error {
	if err == nil {
		return nil
	}
	message := "the reply cannot be read"
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		message += fmt.Sprintf(": %s is a %s", oneLine(wrongType.Field, maxExcerpt), oneLine(wrongType.Value, maxExcerpt))
	} else {
		message += ": " + oneLine(err.Error(), maxExcerpt)
	}
	return &APIError{
		Operation: made.operation, Method: made.method, Path: made.path, StatusCode: answer.status,
		Code: statusOK, Message: message, unread: true,
	}
}
