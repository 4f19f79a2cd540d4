package operate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

// A file changes all of its lines or none, and only what the user has seen. Each change is audited with before and after.
func TestOrganizationsFile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.NoteOrganizations(t.Context(), "msp", []store.NamedOrganization{{NinjaID: "8", Name: "Acme"}, {NinjaID: "9", Name: "Globex"}}))
	var file strings.Builder
	require.NoError(t, f.ExportOrganizations(t.Context(), viewer, "msp", &file))
	planned, err := f.PlanOrganizations(t.Context(), jane, "msp", []byte(file.String()))
	require.NoError(t, err)
	require.Empty(t, planned.Changes, "what was exported changes nothing")
	require.Equal(t, 2, planned.Lines)

	edited := strings.Replace(file.String(), "8,Acme,on", "8,Acme,off", 1)
	planned, err = f.PlanOrganizations(t.Context(), jane, "msp", []byte(edited))
	require.NoError(t, err)
	require.Len(t, planned.Changes, 1)
	require.Equal(t, "organization_id,sync,company_id,affiliation_id\n8,off,,\n", planned.File)
	require.True(t, f.syncs("8"), "nothing is changed yet")

	off := false
	_, err = f.SetOrganization(t.Context(), jane, "msp", operate.OrganizationWish{NinjaID: "8", Sync: &off})
	require.NoError(t, err)
	var conflict *operate.ConflictError
	_, err = f.ApplyOrganizations(t.Context(), jane, "msp", []byte(planned.File), planned.Digest)
	require.ErrorAs(t, err, &conflict)
	on := true
	_, err = f.SetOrganization(t.Context(), jane, "msp", operate.OrganizationWish{NinjaID: "8", Sync: &on})
	require.NoError(t, err)
	count, err := f.ApplyOrganizations(t.Context(), jane, "msp", []byte(planned.File), planned.Digest)
	require.NoError(t, err)
	require.Equal(t, 1, count)
	require.False(t, f.syncs("8"))

	audit, err := f.store.Audit(t.Context(), store.AuditQuery{About: "msp", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"import mapping", "organization 8", "jane"}, []string{audit[0].Action, audit[0].Subject, audit[0].Actor})
	require.JSONEq(t, `{"sync":true,"company_id":0,"affiliation_id":0}`, string(audit[0].Before))
	require.JSONEq(t, `{"sync":false,"company_id":0,"affiliation_id":0}`, string(audit[0].After))

	var forbidden *operate.ForbiddenError
	_, err = f.PlanOrganizations(t.Context(), viewer, "msp", []byte(edited))
	require.ErrorAs(t, err, &forbidden)
	planned, err = f.PlanOrganizations(t.Context(), jane, "msp", []byte("organization_id,sync\n8,perhaps\n9,off\n"))
	require.NoError(t, err)
	require.Len(t, planned.Faults, 1)
	require.Equal(t, 2, planned.Faults[0].Line)
	require.True(t, f.syncs("9"))
}

func (f *fixture) syncs(id string) bool {
	f.t.Helper()
	listed, err := f.store.ListOrganizations(f.t.Context(), "msp", store.OrganizationQuery{NinjaIDs: []string{id}})
	require.NoError(f.t, err)
	return listed[0].Sync
}

// A record of an organization that is switched off can't be synced.
func TestSyncOfASwitchedOffOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(nil)
	key := f.fail(store.Devices, "80", 8)
	off := false
	require.NoError(t, f.store.NoteOrganizations(t.Context(), "msp", []store.NamedOrganization{{NinjaID: "8", Name: "Acme"}}))
	_, err := f.SetOrganization(t.Context(), jane, "msp", operate.OrganizationWish{NinjaID: "8", Sync: &off})
	require.NoError(t, err)
	key = f.fail(key.Kind, key.NinjaID, 8) // a worker that was slower than the switch
	_, err = f.SyncRecord(t.Context(), jane, key)
	var conflict *operate.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Contains(t, conflict.Reason, "is switched off")
}
