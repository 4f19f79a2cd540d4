package test

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// decide answers what the product asks people about creates whose replies were lost, as someone does who knows what was created, and reports
// whether it asked anything. See docs/matching.md, "If the reply to a create is lost".
func (c *chaosRun) decide() (asked bool) {
	c.t.Helper()
	world := c.accelo.state()
	for _, failure := range c.status().Failures {
		if !strings.Contains(failure.Error, "did not confirm the new") || failure.Kind == "alert" {
			continue
		}
		truth := int64(0)
		if failure.Kind == "organization" {
			truth = c.companyCreatedFor(world, failure.NinjaID)
		} else {
			id, err := strconv.ParseInt(failure.NinjaID, 10, 64)
			require.NoError(c.t, err)
			for asset, page := range assetPages(world) {
				if page == c.devicePageURL(id) {
					truth = asset
				}
			}
		}
		arguments := []string{"recreate", failure.Kind, failure.NinjaID}
		if truth != 0 {
			require.Contains(c.t, failure.Error, itoa(truth), "what was created is among the candidates")
			arguments = []string{"relink", failure.Kind, failure.NinjaID, itoa(truth)}
		}
		result := c.starter(arguments...)
		require.Equal(c.t, 0, result.Code, "%v: %s%s", arguments, result.Stdout, result.Stderr)
		c.done[arguments[0]]++
		asked = true
	}
	return asked
}

// companyCreatedFor returns the company that the product created for an organization, whatever it is called by now, or 0.
func (c *chaosRun) companyCreatedFor(world accelo.World, organization string) int64 {
	at := slices.IndexFunc(c.ledger.organizations, func(o ninjaone.Organization) bool { return strconv.Itoa(o.ID) == organization })
	for _, company := range world.Companies {
		name, renamed := c.people.called[company.ID]
		_, byHand := c.people.companies[company.ID]
		initial := slices.ContainsFunc(c.initial.Companies, func(before accelo.Company) bool { return before.ID == company.ID })
		if renamed && !byHand && !initial && nameKey(name) == c.nameKeyOf(c.ledger.organizations[at]) {
			return company.ID
		}
	}
	return 0
}
