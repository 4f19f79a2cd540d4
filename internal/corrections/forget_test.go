package corrections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/store"
)

// A forgotten organization loses its link and that of its contact. Its devices keep theirs.
func TestForget(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	contact := f.link(store.Contacts, i.organizationKey.NinjaID, store.Link{OrganizationID: i.organization, AcceloID: 9})
	result, err := f.Forget(t.Context(), i.organizationKey)
	require.NoError(t, err)
	require.Equal(t, corrections.Result{
		Connection: "default", Kind: store.Organizations, NinjaID: i.organizationKey.NinjaID, Before: i.company,
	}, result)
	f.requireUnlinked(i.organizationKey)
	f.requireUnlinked(contact)
	require.Equal(t, i.asset, f.stored(i.deviceKey).AcceloID)

	_, err = f.Forget(t.Context(), i.organizationKey)
	require.EqualError(t, err, "organization "+i.organizationKey.NinjaID+" is not linked; the next import matches or creates it")
	f.requireNoWrites()
}

func TestCheckKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind           store.Kind
		relink, forget string
	}{
		{store.Organizations, "", ""},
		{store.Devices, "", ""},
		{store.Alerts, "", "alerts can't be forgotten"},
		{store.Contacts, "correct the organization instead", "correct the organization instead"},
	} {
		for want, err := range map[*string]error{&test.relink: corrections.CheckRelink(test.kind), &test.forget: corrections.CheckForget(test.kind)} {
			if *want == "" {
				require.NoError(t, err, test.kind)
				continue
			}
			var input *corrections.InputError
			require.ErrorAs(t, err, &input, test.kind)
			require.ErrorContains(t, err, *want, test.kind)
		}
	}
}
