package ninjaone_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"ninjaone-accelo/clients/ninjaone"
)

// exampleServer stands in for a NinjaOne tenant. It answers token requests itself and everything else with the handler.
func exampleServer(handler http.HandlerFunc) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws/oauth/token" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"example","expires_in":3600,"token_type":"Bearer"}`)
			return
		}
		handler(w, r)
	}))
}

// A listing is read page by page. The loop ends after the last page or with an error.
func ExampleClient_Organizations() {
	server := exampleServer(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("after") == "2" {
			_, _ = io.WriteString(w, `[{"id":5,"name":"Planet Express"}]`)
			return
		}
		_, _ = io.WriteString(w, `[{"id":1,"name":"Mom's Friendly Robot Company"},{"id":2,"name":"Slurm"}]`)
	})
	defer server.Close()

	client, err := ninjaone.New(ninjaone.Options{
		BaseURL:     server.URL,
		Credentials: ninjaone.Credentials{ClientID: "id", ClientSecret: "secret"},
		PageSize:    2,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for page, err := range client.Organizations(context.Background(), ninjaone.OrganizationQuery{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("page of %d\n", len(page))
		for _, organization := range page {
			fmt.Printf("  %d %s\n", organization.ID, organization.Name)
		}
	}
	// Output:
	// page of 2
	//   1 Mom's Friendly Robot Company
	//   2 Slurm
	// page of 1
	//   5 Planet Express
}

// Predicates classify a failed call, and RetryAt returns when to try again.
func ExampleRetryAt() {
	server := exampleServer(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v2/device/7":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"resultCode":"NOT_FOUND","errorMessage":"Device not found"}`)
		case "/v2/device/8":
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/v2/device/9":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	defer server.Close()

	client, err := ninjaone.New(ninjaone.Options{
		BaseURL:     server.URL,
		Credentials: ninjaone.Credentials{ClientID: "id", ClientSecret: "secret"},
		Now:         func() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range []int{7, 8, 9} {
		_, err := client.Device(context.Background(), id)
		switch {
		case ninjaone.IsNotFound(err):
			fmt.Printf("device %d was deleted\n", id)
		case ninjaone.IsRateLimited(err):
			fmt.Printf("device %d: try again at %s\n", id, ninjaone.RetryAt(err).Format(time.TimeOnly))
		case ninjaone.IsTransient(err):
			fmt.Printf("device %d: try again later\n", id)
		}
	}
	// Output:
	// device 7 was deleted
	// device 8: try again at 12:00:30
	// device 9: try again later
}
