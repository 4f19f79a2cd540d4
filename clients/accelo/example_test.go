package accelo_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
)

// exampleServer stands in for an Accelo deployment. It answers token requests itself and everything else with the handler.
func exampleServer(handler http.HandlerFunc) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth2/v0/token" {
			_, _ = io.WriteString(w, `{"access_token":"example","expires_in":3600,"token_type":"Bearer"}`)
			return
		}
		handler(w, r)
	}))
}

// A listing is read in pages of 100. The loop ends after the last page or with an error.
func ExampleClient_Companies() {
	server := exampleServer(func(w http.ResponseWriter, r *http.Request) {
		first, last := 1, 100
		if strings.Contains(r.URL.Query().Get("_filters"), "id_greater_than(100)") {
			first, last = 101, 102
		}
		var companies []string
		for id := first; id <= last; id++ {
			companies = append(companies, fmt.Sprintf(`{"id":"%d","name":"Company %d"}`, id, id))
		}
		_, _ = fmt.Fprintf(w, `{"response":[%s],"meta":{"status":"ok"}}`, strings.Join(companies, ","))
	})
	defer server.Close()

	client, err := accelo.New(accelo.Options{BaseURL: server.URL, ClientID: "id", ClientSecret: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for page, err := range client.Companies(context.Background(), accelo.CompanyQuery{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("page of %d, from %s to %s\n", len(page), page[0].Name, page[len(page)-1].Name)
	}
	// Output:
	// page of 100, from Company 1 to Company 100
	// page of 2, from Company 101 to Company 102
}

// After a failed create, InDoubt reports whether the object may exist anyway, and RetryAt returns when to try again.
func ExampleInDoubt() {
	server := exampleServer(func(w http.ResponseWriter, r *http.Request) {
		switch r.PostFormValue("name") {
		case "Slurm":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"response":null,"meta":{"status":"duplicate","message":"name is not unique"}}`)
		case "Planet Express":
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"response":null,"meta":{"status":"too_many_requests","message":"Rate limit exceeded"}}`)
		default:
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, `<html>Bad Gateway</html>`)
		}
	})
	defer server.Close()

	client, err := accelo.New(accelo.Options{
		BaseURL: server.URL, ClientID: "id", ClientSecret: "secret",
		Now: func() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"Slurm", "Planet Express", "MomCorp"} {
		_, err := client.CreateCompany(context.Background(), accelo.NewCompany{Name: name})
		switch {
		case accelo.IsDuplicate(err):
			fmt.Printf("%s already exists\n", name)
		case accelo.IsRateLimited(err):
			fmt.Printf("%s: try again at %s\n", name, accelo.RetryAt(err).Format(time.TimeOnly))
		case accelo.InDoubt(err):
			fmt.Printf("%s may have been created: search before trying again\n", name)
		}
	}
	// Output:
	// Slurm already exists
	// Planet Express: try again at 12:00:30
	// MomCorp may have been created: search before trying again
}
