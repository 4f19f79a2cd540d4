package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// What a reading showed is stored, unless the link has changed since the comparison.
func TestSaveLearned(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	key := d.insertLink(store.Devices, 70, 7, 101, 45, 12, "")
	compared := d.link(key)
	compared.Baseline = rules.Baseline{"title": {Ninja: "🚀", Accelo: "🚀", Unread: true}, "company": {Ninja: "45", Accelo: "45"}}
	require.NoError(t, d.SaveLink(t.Context(), &compared))
	shown := rules.Baseline{"title": {Ninja: "🚀", Accelo: "?"}}

	require.NoError(t, d.SaveLearned(t.Context(), nil))
	require.NoError(t, d.SaveLearned(t.Context(), []store.Learned{{Link: compared, Fields: shown}}))
	require.Equal(t, rules.Baseline{"title": shown["title"], "company": {Ninja: "45", Accelo: "45"}}, d.link(key).Baseline)
	require.NoError(t, d.SaveLearned(t.Context(), []store.Learned{{Link: compared, Fields: rules.Baseline{"title": {Accelo: "late"}}}}))
	require.Equal(t, shown["title"], d.link(key).Baseline["title"])
	require.ErrorIs(t, d.SaveLink(t.Context(), &compared), store.ErrSuperseded, "a caller that read the link before starts over")
}
