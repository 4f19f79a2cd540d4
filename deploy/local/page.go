package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// acceloUser is the name of a user of every simulated deployment.
const acceloUser = "Turanga.Leela"

// tourOfPage makes a second connection on the page and at the vendors' own sign-in pages, as a user would, and imports with it. One record
// fails, for the user to retry.
func (s *session) tourOfPage(ctx context.Context, at urls, token string) error {
	to := at.momcorp()
	say("A second connection, made on the page: sign in to NinjaOne, log in to Accelo and authorize")
	if err := connectOnPage(ctx, at.serve, token, to); err != nil {
		return fmt.Errorf("connect %s on the page: %w", to.deployment, err)
	}
	fault := map[string]any{
		"kind": "not-ok-200", "method": http.MethodPost, "path": "/companies$", "count": 1,
		"params": map[string]string{"status": "invalid_request", "message": "Companies can't be added while this deployment is being updated."},
	}
	if err := (simulator{to.accelo}).do(ctx, http.MethodPost, "faults", fault, nil); err != nil {
		return err
	}
	if err := s.showEnding(ctx, program.ExitSomeFailures, "import", "--connection", to.deployment); err != nil {
		return err
	}
	fmt.Printf("\n  Accelo rejected one organization. Retry it on the page: %s/integrations/%s/failures\n", at.serve, to.deployment)
	return nil
}

// connectOnPage fills in the forms of the page, of NinjaOne and of Accelo in their order.
func connectOnPage(ctx context.Context, page, token string, to account) error {
	user, err := newVisitor()
	if err != nil {
		return err
	}
	for _, step := range []struct {
		// form is the form's address; "" is that of the page that the user is on.
		form, say string
		values    url.Values
		// next has to be in the page that follows.
		next string
	}{
		{form: page + "/login", say: "log in with the admin token", values: url.Values{"token": {token}}, next: "<h1>Integrations</h1>"},
		{
			form: page + "/integrations/new", next: "<h1>Sign in to NinjaOne</h1>",
			say: "Connect your deployment to NinjaOne: " + to.deployment + ", " + to.ninjaOne + ", " + to.accelo,
			values: url.Values{
				"name": {to.deployment}, "region": {to.ninjaOne}, "auth": {"sign-in"}, "deployment": {to.accelo}, "accelo_auth": {"sign-in"},
			},
		},
		{
			say: "sign in to NinjaOne as " + ninjaone.AdministratorEmail, next: "<h1>Authorize ",
			values: url.Values{"email": {ninjaone.AdministratorEmail}, "password": {ninjaone.DefaultPassword}, "action": {"sign-in"}},
		},
		{say: "allow access to NinjaOne", values: url.Values{"action": {"allow"}}, next: "<h1>Log in to Accelo</h1>"},
		{
			say: "log in to Accelo as " + acceloUser, next: "Allow Access",
			values: url.Values{"username": {acceloUser}, "password": {accelo.DefaultPassword}, "action": {"log-in"}},
		},
		{say: "allow access to Accelo", values: url.Values{"action": {"allow"}}, next: "Connected. Preview the import next"},
	} {
		if err := user.submit(ctx, step.form, step.values); err != nil {
			return err
		}
		if !strings.Contains(user.body, step.next) {
			return fmt.Errorf("could not %s: %s says %q", step.say, user.at, user.problem())
		}
		fmt.Printf("  ✓ %s\n", step.say)
	}
	return nil
}
