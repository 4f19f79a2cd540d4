package main

import (
	"fmt"
	"testing"

	"ninjaone-accelo/internal/export"
)

func TestExportText(t *testing.T) {
	t.Parallel()
	left := make([]export.LeftOut, 23)
	for i := range left {
		left[i] = export.LeftOut{NinjaID: fmt.Sprint(i + 1), Name: "SRV", Reason: "organization 7 is not linked yet; run `starter import` first"}
	}
	requireGoldens(t, "export", map[string]string{
		"nothing":     exportText(exported{Directory: "out"}, standardLabels(), false),
		"nothing-all": exportText(exported{Directory: "out", LeftOut: left[:1]}, standardLabels(), true),
		"one":         exportText(exported{Directory: "out", Devices: 1, Files: []string{"assets-default-001.csv"}}, standardLabels(), false),
		"many": exportText(exported{
			Directory: "out", Devices: 1200, Files: []string{"assets-default-001.csv", "assets-default-002.csv"}, LeftOut: left,
		}, customLabels(), true),
	})
}
