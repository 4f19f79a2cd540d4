package activities_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	accelosim "ninjaone-accelo/internal/simulator/accelo"
)

// acceloAnswers are the plausible answers of a deployment to open questions of its API, as switches of the simulator (its package doc says what
// each means). Those about signing in have tests of their own.
var acceloAnswers = []string{
	`{"form_credentials":true}`, `{"misspelled_expires_in":true}`, `{"retry_after_on_429":true}`, `{"duplicate_names":true}`,
	`{"no_default_affiliation":true}`, `{"merge_answers_survivor":true}`, `{"claim_opens":true}`, `{"conversion_spelling":"plural"}`,
	`{"conversion_spelling":"title"}`, `{"unconverted_value":"empty"}`, `{"unconverted_value":"zero"}`, `{"subscription_ok":true}`,
	`{"store_trimmed":true}`, `{"store_composed":true}`, `{"store_without_tags":true}`, `{"store_three_bytes":true}`,
	`{"store_cut":100}`, `{"store_line_end":true}`, `{"store_normalized_links":true}`, `{"read_entities":true}`, `{"read_dates_as_text":true}`,
	`{"write_replies":"sent"}`, `{"write_replies":"nothing"}`,
	`{"modest_limit":true}`, `{"order_filters":"refused"}`, `{"order_filters":"ignored"}`, `{"errors_200":true}`, `{"unknown_forbidden":true}`,
	`{"token_info_forbidden":true}`,
}

// The compact story goes well under each plausible answer of a deployment alone: organizations that have companies and some that don't, devices,
// an alert that is reset, and imports that change nothing, in a deployment of more companies than any page holds.
func TestStoryUnderEachAnswer(t *testing.T) {
	t.Parallel()
	for _, answer := range acceloAnswers {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			playStory(t, answer)
		})
	}
}

// It goes well under several answers at once, too.
func TestStoryUnderSomeAnswers(t *testing.T) {
	t.Parallel()
	for range 6 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		var some []string
		for range 5 {
			some = append(some, acceloAnswers[random.IntN(len(acceloAnswers))])
		}
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			playStory(t, some...)
		})
	}
}

func playStory(t *testing.T, answers ...string) {
	t.Helper()
	var switches accelosim.Switches
	for _, answer := range answers {
		require.NoError(t, json.Unmarshal([]byte(answer), &switches))
	}
	f := &alertFixture{fixture: newFixture(t, settings{companies: 130})}
	require.NoError(t, f.accelo.SetSwitches(switches))
	before := f.accelo.Snapshot()
	known := before.Companies[len(before.Companies)-1]
	f.organization = f.ninja.AddOrganization("Planet Express", "delivers")
	f.device = f.fixture.device(f.organization, "SHIP")
	adopted := f.ninja.AddOrganization(known.Name, "was a customer before")
	f.fixture.device(adopted, "FRONT-DESK")

	result := f.fullImport()
	require.Empty(t, result.Failures)
	after := f.accelo.Snapshot()
	require.Len(t, after.Companies, len(before.Companies)+1)
	require.Len(t, after.Assets, len(before.Assets)+2)
	require.Equal(t, 1, result.Organizations.Created)
	require.Equal(t, 1, result.Organizations.Matched, "%s is known", known.Name)

	f.settles()
	alert := f.triggerAlert(full)
	f.mustOpen(alert, "opened")
	_, err := f.ninja.ResetAlert(alert.UID)
	require.NoError(t, err)
	f.mustClose(alert, "closed")
	require.Len(t, f.accelo.Snapshot().Requests, len(before.Requests)+1)
	f.settles()
	require.Empty(t, f.failed())
}

// settles imports until an import writes nothing, which may be the second one: a deployment's stored forms are learned from what is read.
func (f *alertFixture) settles() {
	f.t.Helper()
	for range 2 {
		f.resetCalls()
		require.Empty(f.t, f.fullImport().Failures)
		if len(f.writes()) == 0 {
			return
		}
	}
	f.resetCalls()
	f.fullImport()
	require.Empty(f.t, f.writes(), "an unchanged import writes nothing")
}
