package connect_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// A deployment is connected whatever it answers to open questions of its API, twice.
func TestConnectUnderEachAnswer(t *testing.T) {
	t.Parallel()
	for name, switches := range map[string]accelo.Switches{
		"pages of 50":               {ModestLimit: true},
		"no order":                  {OrderFilters: "refused"},
		"an order of its own":       {OrderFilters: "ignored"},
		"errors with HTTP 200":      {Errors200: true},
		"unknown calls forbidden":   {UnknownForbidden: true},
		"tokens are not described":  {TokenInfoForbidden: true},
		"types have names once":     {DuplicateNames: true},
		"subscriptions are not new": {SubscriptionOK: true},
		"all of these": {
			ModestLimit: true, OrderFilters: "refused", Errors200: true, UnknownForbidden: true, TokenInfoForbidden: true, DuplicateNames: true,
			SubscriptionOK: true,
		},
	} {
		for _, mode := range []accelo.Mode{accelo.ModeOpen, accelo.ModeNoExtensionKeys, accelo.ModeDocumented} {
			t.Run(name+", "+string(mode), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10}, accelo.Options{Companies: 60, Mode: mode, Switches: switches})
				for range 2 {
					report := r.connect()
					require.NoError(t, report.Unreachable())
					require.True(t, report.Accelo.OK, report.Accelo.Error)
					require.NotNil(t, report.RequestType.ID)
					require.Equal(t, mode != accelo.ModeDocumented, report.Ready)
					require.Equal(t, mode == accelo.ModeDocumented, len(report.Todo) == 1, "an administrator creates the asset type: %v", report.Todo)
				}
			})
		}
	}
}

// A vendor that asks for a short pause gets it: the user doesn't have to run the command again.
func TestConnectWaitsForAPause(t *testing.T) {
	t.Parallel()
	pause := func(path string) lab.Fault {
		return lab.Fault{Kind: lab.FaultTooMany, Path: path, Count: 1, RetryAfter: "1"}
	}
	for name, fault := range map[string]struct{ ninjaOne, accelo string }{
		"NinjaOne's organizations": {ninjaOne: "/organizations"},
		"NinjaOne's token":         {ninjaOne: "/token$"},
		"Accelo's tokeninfo":       {accelo: "/tokeninfo$"},
		"Accelo's request types":   {accelo: "/requests/types$"},
		"a field's creation":       {accelo: "/assets/extensions/fields$"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10}, accelo.Options{Companies: 3})
			if fault.ninjaOne != "" {
				require.NoError(t, r.ninjaOne.Lab.Faults.Set(pause(fault.ninjaOne)))
			} else {
				require.NoError(t, r.accelo.Lab().Faults.Set(pause(fault.accelo)))
			}
			report := r.connect()
			require.NoError(t, report.Unreachable())
			require.True(t, report.Ready, report.Todo)
			require.Len(t, r.deviceFields(), 10)
		})
	}
}

// One that asks for a long pause is reported.
func TestConnectDoesNotWaitForAnHour(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10}, accelo.Options{Companies: 3})
	require.NoError(t, r.accelo.Lab().Faults.Set(lab.Fault{Kind: lab.FaultTooMany, Method: http.MethodGet, RetryAfter: "3600"}))
	require.ErrorContains(t, r.connect().Unreachable(), "429")
}
