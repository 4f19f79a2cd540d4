package test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// decide answers what the product asks people about, as someone does who knows what happened, and reports whether it asked anything: about
// creates whose replies were lost, and about a company that nothing shows to have been merged. See docs/matching.md, "If the reply to a create
// is lost" and "How a merged company is found".
func (c *chaosRun) decide() (asked bool) {
	c.t.Helper()
	world := c.accelo.state()
	for _, failure := range c.status().Failures {
		arguments := c.answer(world, failure)
		if arguments == nil {
			continue
		}
		result := c.starter(arguments...)
		if asked = true; strings.Contains(result.Stderr, "is being created by another worker, or its outcome is unknown") {
			continue // as it says: later
		}
		require.Equal(c.t, 0, result.Code, "%v: %s%s", arguments, result.Stdout, result.Stderr)
		c.done[arguments[0]]++
	}
	return asked
}

// oweDevices reports whether an organization waits for a retry because an alert's flow made its company after its import had failed.
func (c *chaosRun) oweDevices() bool {
	c.t.Helper()
	return slices.ContainsFunc(c.status().Failures, func(failure failureReport) bool {
		return failure.Kind == "organization" && strings.Contains(failure.Error, "It is in Accelo now")
	})
}

// answer returns the command that answers a failure, nil if it asks nothing that anyone knows.
func (c *chaosRun) answer(world accelo.World, failure failureReport) []string {
	c.t.Helper()
	if lost := goneCompany.FindStringSubmatch(failure.Error); lost != nil && failure.Kind == "organization" {
		id, err := strconv.ParseInt(lost[1], 10, 64)
		require.NoError(c.t, err)
		if survivor, merged := survivorOf(world, id); merged {
			return []string{"relink", failure.Kind, failure.NinjaID, itoa(survivor)}
		}
	}
	if like := mayBeItsCompany.FindStringSubmatch(failure.Error); like != nil && failure.Kind == "organization" {
		id, err := strconv.ParseInt(like[1], 10, 64)
		require.NoError(c.t, err)
		require.Contains(c.t, c.people.companies, id, "nobody entered the company")
		return []string{"relink", failure.Kind, failure.NinjaID, like[1]}
	}
	if !strings.Contains(failure.Error, "did not confirm the new") || failure.Kind == "alert" {
		return nil
	}
	created, truth := int64(0), int64(0) // what the product created, and where that is now
	if failure.Kind == "organization" {
		created = c.companyCreatedFor(failure.NinjaID)
		survivor, merged := survivorOf(world, created)
		switch {
		case merged:
			truth = survivor
		case c.wasDeleted(world, created):
			return nil // someone deleted it: that needs no other one
		default:
			truth = created
		}
	} else {
		id, err := strconv.ParseInt(failure.NinjaID, 10, 64)
		require.NoError(c.t, err)
		for asset, page := range assetPages(world) {
			if page == c.devicePageURL(id) {
				created, truth = asset, asset
			}
		}
	}
	if truth == 0 {
		return []string{"recreate", failure.Kind, failure.NinjaID}
	}
	require.Contains(c.t, failure.Error, itoa(created), "what was created is among the candidates")
	return []string{"relink", failure.Kind, failure.NinjaID, itoa(truth)}
}

// wasDeleted reports whether someone deleted a company, or what it was merged into.
func (c *chaosRun) wasDeleted(world accelo.World, company int64) bool {
	survivor, merged := survivorOf(world, company)
	return company != 0 && !merged && !slices.ContainsFunc(world.Companies, func(other accelo.Company) bool { return other.ID == survivor })
}

// goneCompany matches what the product says about a company that it takes for deleted.
var goneCompany = regexp.MustCompile(`(\d+) \(organization \d+\) was deleted in Accelo`)

// mayBeItsCompany matches what the product says about a company that may have been entered for an organization.
var mayBeItsCompany = regexp.MustCompile(`Accelo has company (\d+) \(.*\), which may be that of organization`)

// survivorOf returns the company that a merged one is part of now. It may have been deleted or merged again.
func survivorOf(world accelo.World, company int64) (survivor int64, merged bool) {
	survivor = company
	for next, ok := world.Merged[survivor]; ok; next, ok = world.Merged[survivor] {
		survivor, merged = next, true
	}
	exists := slices.ContainsFunc(world.Companies, func(c accelo.Company) bool { return c.ID == survivor })
	return survivor, merged && exists
}

// companyCreatedFor returns the company that the product created for an organization, whatever someone did to it since, or 0.
func (c *chaosRun) companyCreatedFor(organization string) int64 {
	at := slices.IndexFunc(c.ledger.organizations, func(o ninjaone.Organization) bool { return strconv.Itoa(o.ID) == organization })
	for id, name := range c.people.called {
		_, byHand := c.people.companies[id]
		initial := slices.ContainsFunc(c.initial.Companies, func(before accelo.Company) bool { return before.ID == id })
		if !byHand && !initial && nameKey(name) == c.nameKeyOf(c.ledger.organizations[at]) {
			return id
		}
	}
	return 0
}
