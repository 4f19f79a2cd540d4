package connect_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

func fault(t *testing.T, faults *lab.Faults, fault lab.Fault) {
	t.Helper()
	_, err := faults.Add(fault)
	require.NoError(t, err)
}

// Connect reports what is wrong with an account, and what to do about it.
func TestConnectReportsAccountProblems(t *testing.T) {
	t.Parallel()
	database := openStore(t)
	for _, test := range []struct {
		name   string
		setup  func(*testing.T, *rig)
		vendor string
		want   []string
	}{
		{
			"NinjaOne's secret", func(_ *testing.T, r *rig) { r.credentials.NinjaOne.ClientSecret = "hunter2" }, "ninjaone",
			[]string{"NinjaOne does not accept the credentials", "NINJAONE_CLIENT_SECRET", "Administration > Apps > API"},
		},
		{
			"NinjaOne's region", func(_ *testing.T, r *rig) { r.credentials.NinjaOne.ClientID = "of-another-region" }, "ninjaone",
			[]string{"does not know the client ID", "NINJAONE_URL names another region", "NINJAONE_CLIENT_ID is wrong"},
		},
		{
			"NinjaOne's scope", func(t *testing.T, r *rig) {
				fault(t, r.ninjaOne.Lab.Faults, lab.Fault{Kind: lab.FaultStatus, Status: 403, Path: "/v2/organizations"})
			}, "ninjaone", []string{"NinjaOne accepts the credentials but rejects the call", "scopes monitoring and management"},
		},
		{
			"Accelo's secret", func(_ *testing.T, r *rig) { r.credentials.Accelo.ClientSecret = "hunter2" }, "accelo",
			[]string{"Accelo does not accept the credentials", "ACCELO_CLIENT_ID and ACCELO_CLIENT_SECRET", "IP restriction", "Configuration > API"},
		},
		{
			"Accelo's deployment", func(t *testing.T, r *rig) {
				require.NoError(t, r.accelo.SetSwitches(accelo.Switches{UnknownDeployment: true}))
			}, "accelo", []string{"There is no Accelo deployment at", "ACCELO_DEPLOYMENT", "https://LABEL.accelo.com"},
		},
		{
			"Accelo's scope", func(_ *testing.T, r *rig) { r.acceloScope = "read(all)" }, "accelo",
			[]string{"Accelo accepts the credentials but rejects a call", "more permissions", "scope write(all)"},
		},
		{
			"Accelo's scope, after an earlier connect", func(t *testing.T, r *rig) {
				require.True(t, r.connect().Ready)
				r.acceloScope = "read(all)"
				r.accelo.RevokeTokens()
			}, "accelo", []string{"Accelo accepts the credentials but rejects a call", "scope write(all)"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRigIn(t, database, test.name, ninjaone.Options{}, accelo.Options{})
			test.setup(t, r)
			report := r.connect()
			require.False(t, report.Ready)
			require.NoError(t, report.Unreachable())
			problem, fine := report.NinjaOne.Error, report.Accelo.OK
			if test.vendor == "accelo" {
				problem, fine = report.Accelo.Error, report.NinjaOne.OK
			}
			require.True(t, fine, "the other vendor accepts its credentials")
			require.False(t, report.NinjaOne.OK && report.Accelo.OK)
			for _, part := range test.want {
				require.Contains(t, problem, part)
			}
			require.Contains(t, report.Todo, problem)
			encoded, err := json.Marshal(report)
			require.NoError(t, err)
			require.NotContains(t, string(encoded), "hunter2")
			require.Equal(t, report.Todo, r.stored().Todo)
			require.False(t, r.stored().Ready)
			require.False(t, r.stored().Settings.Connected, "so no sync makes the same calls")
		})
	}
}

// A problem with the legacy key pair names the key pair.
func TestConnectLegacyKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{AccessKeyID: "TF4STGMDR4H7AEXAMPLE", SecretAccessKey: "right"}, accelo.Options{})
	r.credentials.NinjaOne.ClientID, r.credentials.NinjaOne.ClientSecret = "", ""
	r.credentials.NinjaOne.AccessKeyID, r.credentials.NinjaOne.SecretAccessKey = "TF4STGMDR4H7AEXAMPLE", "wrong"
	report := r.connect()
	require.False(t, report.Ready)
	require.Equal(t, "legacy", report.NinjaOne.Auth)
	require.Contains(t, report.NinjaOne.Error, "legacy key pair")

	r.credentials.NinjaOne.SecretAccessKey = "right"
	report = r.connect()
	require.True(t, report.Ready)
	require.Empty(t, report.NinjaOne.Error)
}

// If a vendor can't be reached, connect fails and keeps what earlier runs found out.
func TestConnectUnreachable(t *testing.T) {
	t.Parallel()
	database := openStore(t)
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	for _, test := range []struct {
		name, want string
		setup      func(*testing.T, *rig)
	}{
		{"NinjaOne is down", "cannot reach NinjaOne at ", func(t *testing.T, r *rig) {
			fault(t, r.ninjaOne.Lab.Faults, lab.Fault{Kind: lab.FaultDropBefore})
		}},
		{"NinjaOne's proxy answers 502", "cannot reach NinjaOne at ", func(t *testing.T, r *rig) {
			fault(t, r.ninjaOne.Lab.Faults, lab.Fault{Kind: lab.FaultHTML502})
		}},
		{"NinjaOne goes down during connect", "cannot reach NinjaOne at ", func(t *testing.T, r *rig) {
			fault(t, r.ninjaOne.Lab.Faults, lab.Fault{Kind: lab.FaultStatus, Status: 503, Path: "/v2/devices"})
		}},
		{"Accelo is down", "cannot reach Accelo at ", func(t *testing.T, r *rig) {
			fault(t, r.accelo.Lab().Faults, lab.Fault{Kind: lab.FaultDropBefore})
		}},
		{"Accelo's proxy answers 502", "cannot reach Accelo at ", func(t *testing.T, r *rig) {
			fault(t, r.accelo.Lab().Faults, lab.Fault{Kind: lab.FaultHTML502})
		}},
		{"Accelo goes down during connect", "cannot reach Accelo at ", func(t *testing.T, r *rig) {
			fault(t, r.accelo.Lab().Faults, lab.Fault{Kind: lab.FaultHTML502, Path: "/assets/types"})
		}},
		{"Accelo has no calls left", "cannot reach Accelo at ", func(t *testing.T, r *rig) {
			fault(t, r.accelo.Lab().Faults, lab.Fault{Kind: lab.FaultTooMany, Path: "/api/v0/user"})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRigIn(t, database, test.name, ninjaone.Options{}, accelo.Options{})
			require.True(t, r.connect().Ready)
			known := r.stored()
			test.setup(t, r)
			report := r.connect()
			require.ErrorContains(t, report.Unreachable(), test.want)
			require.ErrorContains(t, report.Unreachable(), "http://127.0.0.1:")
			require.False(t, report.Ready)
			require.Contains(t, report.Webhooks.Accelo, "PUBLIC_URL")
			r.options.PublicURL = "https://hooks.example.com"
			require.Equal(t, "not checked: a vendor could not be reached", r.connect().Webhooks.Accelo)
			after := r.stored()
			require.True(t, after.Ready)
			require.Equal(t, known.Settings, after.Settings)
		})
	}
	t.Run("nothing listens", func(t *testing.T) {
		t.Parallel()
		r := newRigIn(t, database, "nobody", ninjaone.Options{}, accelo.Options{})
		r.credentials.NinjaOne.URL, r.credentials.Accelo.URL = nobody.URL, nobody.URL
		report := r.connect()
		require.ErrorContains(t, report.Unreachable(), "cannot reach NinjaOne at "+nobody.URL)
		require.ErrorContains(t, report.Unreachable(), "cannot reach Accelo at "+nobody.URL)
		require.False(t, r.stored().Settings.Connected)
	})
}

func TestConnectUnknownConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	_, err := connect.New(r.store, r.provider, r.options).Run(t.Context(), "nowhere")
	require.ErrorIs(t, err, store.ErrNotFound)
}
