package accelo_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// Each switch changes how texts are stored or shown, in the API as well as in the web interface. Without them they stay as they are sent.
func TestStoredTexts(t *testing.T) {
	t.Parallel()
	const sent = " <b>Ca\u0301fe</b> 🚀 & Söhne "
	for _, test := range []struct {
		name     string
		switches accelo.Switches
		want     string
	}{
		{"as sent", accelo.Switches{}, sent},
		{"trimmed", accelo.Switches{StoreTrimmed: true}, "<b>Ca\u0301fe</b> 🚀 & Söhne"},
		{"composed", accelo.Switches{StoreComposed: true}, " <b>Cáfe</b> 🚀 & Söhne "},
		{"without tags", accelo.Switches{StoreWithoutTags: true}, " Ca\u0301fe 🚀 & Söhne "},
		{"three bytes", accelo.Switches{StoreThreeBytes: true}, " <b>Ca\u0301fe</b> ? & Söhne "},
		{"cut", accelo.Switches{StoreCut: 7}, " <b>Ca\u0301"},
		{"line end", accelo.Switches{StoreLineEnd: true}, sent + "\r\n"},
		{"entities", accelo.Switches{ReadEntities: true}, " &lt;b&gt;Ca\u0301fe&lt;/b&gt; 🚀 &amp; Söhne "},
		{"replies repeat", accelo.Switches{StoreTrimmed: true, WriteReplies: "sent"}, sent},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := start(t, accelo.Options{Switches: test.switches})
			created := d.post("/companies", form("name", sent, "comments", sent, "_fields", "comments")).object()
			require.Equal(t, test.want, created["name"])
			require.Equal(t, test.want, created["comments"])
			company, err := d.sim.AddCompany(sent, "active")
			require.NoError(t, err)
			require.Equal(t, d.sim.Snapshot().Companies[0].Name, company.Name)
			if test.switches.WriteReplies == "" {
				require.Equal(t, test.want, d.get("/companies/1001").object()["name"])
			}
		})
	}
}

// A reply may leave out what was written. Links and times have forms of their own.
func TestStoredValues(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Switches: accelo.Switches{
		WriteReplies: "nothing", StoreNormalizedLinks: true, StoreLineEnd: true, ReadDatesAsText: true,
	}})
	company := d.post("/companies", form("name", "A", "comments", "b", "_fields", "comments,standing")).object()
	require.NotContains(t, company, "name")
	require.NotContains(t, company, "comments")
	require.Contains(t, company, "standing")
	_, err := d.sim.AddAssetType("Device")
	require.NoError(t, err)
	for _, kind := range []string{"hyperlink", "date_time", "float"} {
		_, err := d.sim.AddAssetField("Device", kind, kind)
		require.NoError(t, err)
	}
	asset, err := d.sim.AddAsset("Device", 1001, "PC", map[string]string{
		"hyperlink": "https://APP.example/#/7/overview", "date_time": "1700000042", "float": "4.2",
	})
	require.NoError(t, err)
	shown := map[string]any{}
	for _, value := range d.get(fmt.Sprintf("/assets/%d/extensions/values", asset.ID)).list() {
		shown[value["field_name"].(string)] = value["value"]
	}
	require.Equal(t, map[string]any{"hyperlink": "https://app.example/#/7/overview/", "date_time": "2023-11-14 22:14:02", "float": "4.2"}, shown)
}

// Unknown answers are refused.
func TestUnknownWriteReplies(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	err := d.sim.SetSwitches(accelo.Switches{WriteReplies: "lies"})
	require.ErrorContains(t, err, "write_replies")
}
