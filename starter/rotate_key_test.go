package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// keyed returns the environment with other keys, the newest first. Each consists of 32 equal bytes.
func (e *environment) keyed(newest byte, previous ...byte) *environment {
	encode := func(key byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{key}, 32)) }
	var older []string
	for _, key := range previous {
		older = append(older, encode(key))
	}
	changed := *e
	changed.environ = append(append([]string{}, e.environ...), "CREDENTIALS_KEY="+encode(newest), "CREDENTIALS_KEY_PREVIOUS="+strings.Join(older, ","))
	return &changed
}

// withVendors makes the connection `default` that of simulated vendors.
func (e *environment) withVendors() *environment {
	e.t.Helper()
	tenant, deployment := ninjaone.New(ninjaone.Options{Organizations: 3, Devices: 5}), accelo.New(accelo.Options{Deployment: "acme"})
	e.t.Cleanup(tenant.Close)
	e.t.Cleanup(deployment.Close)
	n, a := httptest.NewServer(tenant), httptest.NewServer(deployment)
	e.t.Cleanup(n.Close)
	e.t.Cleanup(a.Close)
	e.environ = append(e.environ, "NINJAONE_URL="+n.URL, "NINJAONE_CLIENT_ID=demo-client", "NINJAONE_CLIENT_SECRET=demo-secret",
		"ACCELO_URL="+a.URL, "ACCELO_CLIENT_ID="+accelo.DefaultClientID, "ACCELO_CLIENT_SECRET="+accelo.DefaultClientSecret,
		"PUBLIC_URL=https://hooks.example.com", "ADMIN_TOKEN=0123456789abcdef")
	return e
}

func (e *environment) secrets() []store.SealedSecret {
	e.t.Helper()
	secrets, err := e.store.SealedSecrets(e.t.Context())
	require.NoError(e.t, err)
	return secrets
}

// rotate-key re-encrypts what is stored, says how much, leaves an audit entry, and does nothing the second time.
func TestRotateKey(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t).withVendors()
	e.runJSON(program.ExitDone, "connect")
	rotated := e.keyed(1, 0)
	require.Contains(t, rotated.run("rotate-key").stdout, "Sealed 3 secrets anew under CREDENTIALS_KEY.\n")
	require.Equal(t, map[string]any{"secrets": 3.0, "sealed_anew": 0.0, "unopened": []any{}}, rotated.runJSON(program.ExitDone, "rotate-key"))
	require.Equal(t, "Nothing to do: CREDENTIALS_KEY already seals 3 secrets.\n", e.keyed(1).run("rotate-key").stdout)
	entries, err := e.store.Audit(t.Context(), store.AuditQuery{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, "rotate key", entries[0].Action)
	require.JSONEq(t, `{"secrets":3,"sealed_anew":3,"unopened":[]}`, string(entries[0].After))
	require.Equal(t, true, e.keyed(1).runJSON(program.ExitDone, "connect")["ready"])
	e.requireFailure(program.ExitBadUsage, "CREDENTIALS_KEY opens nothing of what is stored", "rotate-key")

	// A secret that no key opens.
	require.NoError(t, e.store.SaveCredentials(t.Context(), store.Connection{
		Name: "other", NinjaoneURL: "https://n.example", AcceloURL: "https://a.example", NinjaoneSealed: []byte{1}, AcceloSealed: []byte{2},
	}))
	partly := e.keyed(1).run("rotate-key")
	require.Equal(t, program.ExitSomeFailures, partly.code)
	require.Contains(t, partly.stdout, "\n  connection other: credentials of Accelo\n")
	require.Contains(t, e.keyed(1).run("status").stdout, "default", "the others go on")
	require.Contains(t, e.keyed(1).run("status").stderr, "connection=other")
}

// With a wrong key, no command and no program does anything but say so. Nothing that is stored changes.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t).withVendors()
	e.runJSON(program.ExitDone, "connect")
	before := e.secrets()
	for _, arguments := range [][]string{
		{"connect"},
		{"connect", "--rotate-secrets"},
		{"connect", "--same-pair"},
		{"connect", "--new-pair"},
		{"connect", "--connection", "other"},
		{"status"},
		{"import"},
		{"reconcile"},
		{"rotate-key"},
		{"diagnose"},
		{"serve"},
	} {
		e.keyed(9).requireFailure(program.ExitBadUsage, "CREDENTIALS_KEY opens nothing of what is stored in this database (default)", arguments...)
	}
	require.Equal(t, before, e.secrets())
	require.Equal(t, true, e.runJSON(program.ExitDone, "connect")["ready"])
}

// A user whose key is lost enters the credentials again. The connection keeps everything else, and its webhooks get new secrets.
func TestLostKey(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t).withVendors()
	e.runJSON(program.ExitDone, "connect")
	before, err := e.store.Connection(t.Context(), "default")
	require.NoError(t, err)
	report := e.keyed(9).runJSON(program.ExitDone, "connect", "--lost-key")
	require.Equal(t, true, report["ready"])
	after, err := e.store.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, before.PairNumber, after.PairNumber)
	require.Equal(t, true, e.keyed(9).runJSON(program.ExitDone, "connect")["ready"])
	require.Empty(t, e.keyed(9).runJSON(program.ExitDone, "rotate-key")["unopened"])
	e.requireFailure(program.ExitBadUsage, "CREDENTIALS_KEY opens nothing", "status")
}

// A key that opens some connections is refused for another one, whatever it is asked, until a user says that its key is lost.
func TestWrongKeyOfOneConnection(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t).withVendors()
	e.runJSON(program.ExitDone, "connect")
	require.NoError(t, e.store.SaveCredentials(t.Context(), store.Connection{
		Name: "other", NinjaoneURL: "https://n.example", AcceloURL: "https://a.example",
		NinjaoneSealed: bytes.Repeat([]byte{1}, 80), AcceloSealed: bytes.Repeat([]byte{1}, 80),
	}))
	before := e.secrets()
	for _, more := range [][]string{nil, {"--rotate-secrets"}, {"--same-pair"}} {
		e.requireFailure(program.ExitCouldNotRun, "`starter connect --lost-key --connection other`",
			append([]string{"connect", "--connection", "other"}, more...)...)
	}
	require.Equal(t, before, e.secrets())
}

// A program that runs with the former key alone is no longer ready once everything is sealed under another one; one that knows both goes on.
func TestKeysOfRunningPrograms(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	start := func(of *environment) *program.Program {
		t.Helper()
		settings, err := config.Load(of.environ)
		require.NoError(t, err)
		p, err := program.Start(t.Context(), settings, of.environ, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		t.Cleanup(func() { _ = p.Close(context.WithoutCancel(t.Context())) })
		return p
	}
	former, both := start(e.keyed(0)), start(e.keyed(0, 1))
	require.NoError(t, former.KeysOpen(t.Context()))
	require.Equal(t, program.ExitDone, e.keyed(1, 0).run("rotate-key").code)
	require.NoError(t, both.KeysOpen(t.Context()))
	_, err := both.Tenants.Connection(t.Context(), "default")
	require.NoError(t, err)
	err = former.KeysOpen(t.Context())
	require.Equal(t, program.ExitBadUsage, program.ExitCode(err))
	require.ErrorContains(t, err, "CREDENTIALS_KEY opens nothing of what is stored")
}
