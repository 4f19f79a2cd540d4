package mapping_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/mapping"
	"ninjaone-accelo/internal/store"
)

func how(store.ListedOrganization) string { return "=HYPERLINK(1)" }

// What is exported is read back without a change, whatever the names hold; no cell is a formula.
func TestCSVRoundTrip(t *testing.T) {
	t.Parallel()
	organizations := []store.ListedOrganization{
		{NinjaID: "8", Name: "=cmd|' /C calc'!A0", Company: "+49", CompanyID: 70, State: store.Linked, Sync: true, AffiliationID: 5},
		{NinjaID: "9", Name: "Müller, \"Söhne\"\n& Co", State: store.Unmatched, ChosenID: 71},
		{NinjaID: "10", Name: "-1", State: store.Unmatched, Sync: true},
	}
	var file strings.Builder
	require.NoError(t, mapping.WriteCSV(&file, organizations, how))
	records, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	require.NoError(t, err)
	for _, record := range records {
		for _, cell := range record {
			require.NotContains(t, "=+-@", (cell + " ")[:1], record)
		}
	}
	lines, faults := mapping.ReadCSV([]byte("\ufeff" + file.String()))
	require.Empty(t, faults)
	require.Len(t, lines, 3)
	require.Equal(t, []int{2, 3, 5}, []int{lines[0].Number, lines[1].Number, lines[2].Number}, "a name has a line break")
	require.Equal(t, []int64{70, 5}, []int64{*lines[0].CompanyID, *lines[0].AffiliationID})
	require.False(t, *lines[1].Sync)
	require.Nil(t, lines[2].CompanyID, "an empty cell changes nothing")
}

// Every line that can't be read is named with its fault.
func TestCSVFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		want []mapping.LineFault
	}{
		"empty":      {"", []mapping.LineFault{{Line: 1, Reason: "the file is empty"}}},
		"no columns": {"8,on\n", []mapping.LineFault{{Line: 1, Reason: "the first line must name the columns, and one of them must be organization_id"}}},
		"values": {"organization_id,sync,company_id,affiliation_id\n8,maybe,x,-1\n,on\n", []mapping.LineFault{
			{Line: 2, Reason: `affiliation_id is "-1": use the number in the page's URL, or 0 for none`},
			{Line: 2, Reason: `company_id is "x": use the number in the page's URL, or 0 for none`},
			{Line: 2, Reason: `sync is "maybe": use on or off`},
			{Line: 3, Reason: "organization_id is empty"},
		}},
		"semicolons": {"organization_id;sync\n8;off\n", nil},
		"quotes":     {"organization_id,sync\n8,\"on\n", []mapping.LineFault{{Line: 2, Reason: `this is no CSV: extraneous or missing " in quoted-field`}}},
	} {
		_, faults := mapping.ReadCSV([]byte(test.file))
		require.Equal(t, test.want, faults, name)
	}
}

// A file may say anything: reading it never fails otherwise than by naming a line, and what it wishes survives being written again.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("organization_id,sync,company_id\n8,on,70\n"))
	f.Add([]byte("organization_id;sync\n'8;off\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		lines, faults := mapping.ReadCSV(file)
		for _, fault := range faults {
			require.Positive(t, fault.Line)
			require.NotEmpty(t, fault.Reason)
		}
		if len(faults) > 0 {
			return
		}
		again, faults := mapping.ReadCSV([]byte(mapping.EncodeWishes(lines)))
		require.Empty(t, faults)
		require.Len(t, again, len(lines))
		for i := range lines {
			require.Equal(t, lines[i].Wish, again[i].Wish)
		}
	})
}
