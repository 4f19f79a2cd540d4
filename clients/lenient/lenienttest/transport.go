package lenienttest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Transport records what the vendor answers to a path, and answers something else afterwards.
type Transport struct {
	// Path is the end of the path.
	Path string
	// Recorded is the first answer, and Reply what is answered instead of the later ones; nil changes nothing.
	Recorded, Reply []byte
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil || !strings.HasSuffix(request.URL.Path, t.Path) {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if t.Recorded == nil {
		t.Recorded = body
	}
	if t.Reply != nil {
		body = t.Reply
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, err
}

// Changed returns how many of the records before are not as they were, by what identifies them.
func Changed[K comparable](before, after map[K]any, same func(one, other any) bool) (changed int) {
	for id, record := range before {
		if kept, found := after[id]; !found || !same(record, kept) {
			changed++
		}
	}
	return changed
}
