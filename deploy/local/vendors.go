package main

import (
	"context"
	"fmt"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// account is a simulated NinjaOne tenant and a simulated Accelo deployment whose names overlap.
type account struct {
	// deployment is the label of the Accelo deployment.
	deployment       string
	ninjaOne, accelo string
}

// The accounts beside those of the connection `default`: the tour connects the first one, and the user the others.
var moreAccounts = []string{"momcorp", "slurm", "mars-university"}

// urls is where everything is.
type urls struct {
	ninjaOne, accelo, serve string
	// more are the accounts named by moreAccounts.
	more []account
}

func (u urls) momcorp() account        { return u.more[0] }
func (u urls) slurm() account          { return u.more[1] }
func (u urls) marsUniversity() account { return u.more[2] }

// startEverything starts both simulators, a worker and the page. The environment of the worker and the page defines no connection: all of them
// come from the starter and from the page.
func (s *session) startEverything(ctx context.Context) (urls, error) {
	ctx, cancel := context.WithTimeout(ctx, startupTimeout)
	defer cancel()
	at, err := s.startVendors(ctx)
	if err != nil {
		return at, err
	}
	s.stack.Set(
		"PUBLIC_URL="+at.serve, "NINJAONE_URL="+at.marsUniversity().ninjaOne, "ACCELO_TRIAL_URL="+at.accelo+"/signup/",
		"NINJAONE_WEB_CLIENT_ID="+ninjaone.DefaultWebClientID, "NINJAONE_WEB_CLIENT_SECRET="+ninjaone.DefaultWebClientSecret,
		"ACCELO_WEB_CLIENT_ID="+accelo.DefaultWebClientID, "ACCELO_WEB_CLIENT_SECRET="+accelo.DefaultWebClientSecret)
	if _, _, err = s.stack.StartWorker(ctx); err != nil {
		return at, err
	}
	if _, at.serve, err = s.stack.StartServe(ctx); err != nil {
		return at, err
	}
	s.stack.Set(
		"NINJAONE_URL="+at.ninjaOne, "NINJAONE_CLIENT_ID=demo-client", "NINJAONE_CLIENT_SECRET=demo-secret",
		"ACCELO_URL="+at.accelo, "ACCELO_CLIENT_ID="+accelo.DefaultClientID, "ACCELO_CLIENT_SECRET="+accelo.DefaultClientSecret)
	return at, nil
}

// startVendors starts the simulators. Their applications know the page's redirect URIs, so the page's address is reserved first.
func (s *session) startVendors(ctx context.Context) (at urls, err error) {
	if at.serve, err = s.stack.ServeURL(ctx); err != nil {
		return at, err
	}
	ninjaOne := []string{
		"-organizations", demoOrganizations, "-devices", demoDevices, "-seed", demoSeed, "-latency", demoLatency,
		"-redirect-uri", at.serve + "/connect/ninjaone/callback",
	}
	deployments := []string{"-seed", demoSeed, "-latency", demoLatency, "-redirect-uri", at.serve + "/connect/accelo/callback"}
	for i, label := range moreAccounts {
		tenant, err := s.stack.Reserve(ctx, 8083+2*i)
		if err != nil {
			return at, err
		}
		deployment, err := s.stack.Reserve(ctx, 8084+2*i)
		if err != nil {
			return at, err
		}
		ninjaOne = append(ninjaOne, "-also", tenant)
		deployments = append(deployments, "-also", label+"@"+deployment)
		at.more = append(at.more, account{deployment: label, ninjaOne: "http://" + tenant, accelo: "http://" + deployment})
	}
	if at.ninjaOne, err = s.stack.StartSimulator(ctx, "ninjaone-simulator", 8081, ninjaOne...); err != nil {
		return at, err
	}
	at.accelo, err = s.stack.StartSimulator(ctx, "accelo-simulator", 8082, deployments...)
	return at, err
}

// printPage says where the page is, before anything else happens.
func (u urls) printPage(token string) {
	say("The Integrations page is open")
	fmt.Printf("  %s/integrations\n  Admin token: %s\n", u.serve, token)
	fmt.Println("\n  Two connections appear there during this tour.")
}

// printFree says what a user can enter to connect more accounts by hand.
func (u urls) printFree() {
	keys, signIn := u.slurm(), u.marsUniversity()
	fmt.Printf("\n  Connect from Accelo's side: the green button on the page.\n"+
		"    NinjaOne   Region %s, Client ID demo-client, client secret demo-secret\n"+
		"    Accelo     Deployment %s, Client ID demo-client@%s.accelo.com, client secret %s\n",
		keys.ninjaOne, keys.accelo, keys.deployment, accelo.DefaultClientSecret)
	fmt.Printf("  Connect from NinjaOne's side: %s/connect/ninjaone\n"+
		"    NinjaOne   sign in as %s, password %s\n"+
		"    Accelo     Deployment %s, log in as %s, password %s\n"+
		"               or start a trial, and enter the address that its last page shows\n",
		u.serve, ninjaone.AdministratorEmail, ninjaone.DefaultPassword, signIn.accelo, acceloUser, accelo.DefaultPassword)
	fmt.Printf("  Retry a failure: the tab Failures of %s.\n", u.momcorp().deployment)
}
