package operate_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

// marked begins every secret and every text of a customer's in this test.
const marked = "s3cr3t-mark"

// markedEnvironment sets every variable that isn't plain, those with a form of their own included, to a marked value.
func markedEnvironment() []string {
	environ := []string{
		"DATABASE_URL=postgres://sync:" + marked + "-db@127.0.0.1/sync?password=" + marked + "-query", "PUBLIC_URL=https://user:" + marked + "@sync.example.com/" + marked,
		"NINJAONE_URL=https://eu.ninjarmm.com/?key=" + marked, "REMOTE_CONTROL=custom-field:x=https://remote.example/" + marked + "/{value}",
		"TEMPORAL_GRPC_META_AUTHORIZATION=" + marked + "-grpc", "LOG_LEVEL=debug", "TEMPORAL_ADDRESS=temporal:7233", "OTHER=" + marked + "-other",
	}
	for _, name := range []string{
		"CREDENTIALS_KEY", "ADMIN_TOKEN", "NINJAONE_CLIENT_ID", "NINJAONE_CLIENT_SECRET", "NINJAONE_ACCESS_KEY_ID", "NINJAONE_SECRET_ACCESS_KEY",
		"ACCELO_CLIENT_ID", "ACCELO_CLIENT_SECRET", "NINJAONE_WEB_CLIENT_ID", "NINJAONE_WEB_CLIENT_SECRET", "ACCELO_WEB_CLIENT_ID",
		"ACCELO_WEB_CLIENT_SECRET", "TEMPORAL_API_KEY", "TEMPORAL_CODEC_AUTH", "TEMPORAL_TLS_CLIENT_KEY_DATA", "TEMPORAL_TLS_CLIENT_CERT_DATA",
	} {
		environ = append(environ, name+"="+marked+"-"+name)
	}
	return environ
}

// No byte of the archive holds a secret or a text of the customer's, and it says what support needs.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	environ := markedEnvironment()
	f.Operator = operate.New(operate.Options{Store: f.store, Tenants: f.tenants, Environ: environ})
	ctx := t.Context()
	require.NoError(t, f.tenants.Save(ctx, "other", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: "https://user:" + marked + "@n.example", ClientID: marked + "-id", ClientSecret: marked + "-secret"},
		Accelo:   config.Accelo{URL: "https://a.example/" + marked, ClientID: marked + "-id", ClientSecret: marked + "-secret"},
	}))
	_, err := f.tenants.EnsureWebhookSecrets(ctx, "msp", false)
	require.NoError(t, err)
	secrets, err := f.tenants.CurrentWebhookSecrets(ctx, "msp")
	require.NoError(t, err)
	require.NoError(t, f.store.SaveSettings(ctx, "msp", store.Settings{Connected: true, PublicURL: "https://sync.example.com/" + marked}, false, []string{"Create it."}))
	stored, err := f.store.Connection(ctx, "msp")
	require.NoError(t, err)
	require.NoError(t, f.store.SaveOptions(ctx, "msp", stored.Chosen, config.Chosen{"remote_control": "custom-field:x=https://r.example/" + marked + "/{value}"}))
	require.NoError(t, f.store.RecordFailure(ctx, store.Failure{
		Connection: "msp", Kind: store.Devices, NinjaID: "8", Name: marked + " device", WorkflowID: "import-organization/msp/7",
		Error: "Accelo refused; it quoted " + marked + "-ACCELO_CLIENT_SECRET", Event: json.RawMessage(`{"message":"` + marked + `"}`),
	}))
	failures := []flow.ImportFailure{{Kind: "device", NinjaID: "8", Name: marked + " device", Error: "too long"}}
	result, err := json.Marshal(flow.ImportResult{Failures: failures, Ambiguities: failures})
	require.NoError(t, err)
	require.NoError(t, f.store.BeginImport(ctx, store.Import{ID: "r-1", Connection: "msp", WorkflowID: "full-import/msp"}))
	require.NoError(t, f.store.FinishImport(ctx, "r-1", result))
	result, err = json.Marshal(flow.ReconcileResult{Failures: failures, Webhooks: flow.Webhooks{NinjaOne: flow.Registered}})
	require.NoError(t, err)
	require.NoError(t, f.store.SaveReconcileResult(ctx, "msp", result))
	f.link(store.Organizations, "7", store.Link{AcceloID: 4, MatchKey: marked, Facts: store.Facts{Name: marked + " customer"}})

	var archive bytes.Buffer
	_, err = f.Diagnose(ctx, jane, "msp", &archive)
	var forbidden *operate.ForbiddenError
	require.ErrorAs(t, err, &forbidden)
	_, err = f.Diagnose(ctx, admin, "nobody", &archive)
	require.ErrorIs(t, err, store.ErrNotFound)
	names, err := f.Diagnose(ctx, admin, "", &archive)
	require.NoError(t, err)

	read, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	require.NoError(t, err)
	files := map[string]string{}
	for i, file := range read.File {
		require.Equal(t, names[i], file.Name)
		content, err := file.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(content)
		require.NoError(t, err)
		require.True(t, json.Valid(data), file.Name)
		require.NotContains(t, string(data), marked, file.Name)
		for _, secret := range append(append(secrets.NinjaOne, secrets.Accelo...), secrets.AcceloTokens...) {
			require.NotContains(t, string(data), secret, file.Name)
		}
		files[file.Name] = string(data)
	}
	require.NotContains(t, archive.String(), marked)
	for name, words := range map[string][]string{
		"installation.json":                          {`"schema_version": `, `"program_ahead_seconds": `, `"version": `},
		"settings.json":                              {`"value": "debug"`, `"value": "temporal:7233"`, "\"name\": \"ADMIN_TOKEN\",\n    \"set\": true", "\"name\": \"ACCELO_URL\",\n    \"set\": false", `"value": "https://sync.example.com"`},
		"connections/msp/status.json":                {`"state": "Connected – action needed"`, `"Create it."`, `"remote_control": "custom-field"`, `"public_url": "https://sync.example.com"`},
		"connections/msp/failures.json":              {`"reason": "Accelo refused; it quoted [removed]"`, `"ninja_id": "8"`},
		"connections/msp/imports.json":               {`"id": "r-1"`, `"error": "too long"`},
		"connections/msp/last_reconciliation.json":   {`"ninjaone": "registered"`},
		"connections/msp/last_test_alert.json":       {"null"},
		"connections/other/status.json":              {`"ninjaone_url": "https://n.example"`, `"accelo_url": "https://a.example"`},
		"connections/other/last_reconciliation.json": {"null"},
	} {
		for _, word := range words {
			require.Contains(t, files[name], word, name)
		}
	}
	entries, err := f.store.Audit(ctx, store.AuditQuery{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, "diagnose", entries[0].Action)
}
