package api

import (
	"encoding/base64"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/operate"
)

// Page are the parameters of every list.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"How many items to return at most."`
	Cursor string `query:"cursor" maxLength:"500" doc:"The next_cursor of the page before; empty for the first page."`
}

// ConnectionPath is the part of a path that names a connection.
type ConnectionPath struct {
	Name string `path:"name" maxLength:"63" doc:"Name of the connection."`
}

// list is one page of a list.
type list[T any] struct {
	Items []T `json:"items"`
	// NextCursor is empty on the last page.
	NextCursor string `json:"next_cursor,omitempty" doc:"The cursor of the next page; missing on the last one."`
}

// response is a response with a body.
type response[T any] struct{ Body T }

func respond[T any](body T) *response[T] { return &response[T]{Body: body} }

// cursors are opaque: a prefix keeps the cursor of one kind of list out of another.
func encodeCursor(kind string, position ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + "\n" + strings.Join(position, "\n")))
}

// decodeCursor returns the parts of a cursor, or none for the first page.
func decodeCursor(kind, cursor string, parts int) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	split := strings.Split(string(plain), "\n")
	if err != nil || len(split) != parts+1 || split[0] != kind {
		return nil, &operate.InvalidError{Member: "query.cursor", Reason: "cursor is not the next_cursor of a page of this list"}
	}
	return split[1:], nil
}

// numberIn returns the number that a cursor holds, 0 for the first page.
func numberIn(kind, cursor string) (int64, error) {
	parts, err := decodeCursor(kind, cursor, 1)
	if err != nil || parts == nil {
		return 0, err
	}
	number, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || number < 0 || number > 1<<31 {
		return 0, &operate.InvalidError{Member: "query.cursor", Reason: "cursor is not the next_cursor of a page of this list"}
	}
	return number, nil
}

// pageOf returns the page of items that were read with one more than the limit, from an offset.
func pageOf[T any](kind string, items []T, offset int64, limit int) *response[list[T]] {
	result := list[T]{Items: items}
	if len(items) > limit {
		result.Items = items[:limit]
		result.NextCursor = encodeCursor(kind, strconv.FormatInt(offset+int64(limit), 10))
	}
	if result.Items == nil {
		result.Items = []T{}
	}
	return respond(result)
}
