package simulation

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// How a list can be wrong.
const (
	emptyList = "the list is empty"
	shortList = "the list lacks every second row"
)

// falsified returns a reply whose list is wrong.
func (l *life) falsified(response *http.Response, e effect) *http.Response {
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		response.Body = io.NopCloser(bytes.NewReader(body))
		return response
	}
	var rows []json.RawMessage
	var page map[string]json.RawMessage
	if json.Unmarshal(body, &rows) == nil {
		body, _ = json.Marshal(wrong(rows, e.list))
	} else if json.Unmarshal(body, &page) == nil && json.Unmarshal(page["activities"], &rows) == nil {
		page["activities"], _ = json.Marshal(wrong(rows, e.list))
		body, _ = json.Marshal(page)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return response
}

func wrong(rows []json.RawMessage, how string) []json.RawMessage {
	kept := []json.RawMessage{}
	for i, row := range rows {
		if how == shortList && i%2 == 1 {
			kept = append(kept, row)
		}
	}
	return kept
}
