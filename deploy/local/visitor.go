package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// visitor uses web pages without a browser: it keeps cookies, follows redirects and pages that forward, and submits forms.
type visitor struct {
	client *http.Client
	// at and body are the page that it is on.
	at   *url.URL
	body string
}

func newVisitor() (*visitor, error) {
	jar, err := cookiejar.New(nil)
	return &visitor{client: &http.Client{Jar: jar}}, err
}

// submit submits a form to an address, or to the page that it is on if that is empty.
func (v *visitor) submit(ctx context.Context, form string, values url.Values) error {
	if form == "" {
		form = v.at.String()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, form, strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.visit(request)
}

// onward matches the address that a page forwards to.
var onward = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]+)">`)

// visit sends a request, and follows where the page leads.
func (v *visitor) visit(request *http.Request) error {
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	v.at, v.body = response.Request.URL, string(body)
	to := onward.FindStringSubmatch(v.body)
	if to == nil {
		return nil
	}
	next, err := v.at.Parse(html.UnescapeString(to[1]))
	if err != nil {
		return fmt.Errorf("%s leads to %q: %w", v.at, to[1], err)
	}
	follow, err := http.NewRequestWithContext(request.Context(), http.MethodGet, next.String(), nil)
	if err != nil {
		return err
	}
	return v.visit(follow)
}

// alert matches what a page says is wrong.
var alert = regexp.MustCompile(`role="alert"[^>]*>([^<]+)<`)

// problem returns what the page says is wrong.
func (v *visitor) problem() string {
	if found := alert.FindStringSubmatch(v.body); found != nil {
		return html.UnescapeString(found[1])
	}
	return "nothing"
}
