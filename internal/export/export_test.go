package export_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/export"
	"ninjaone-accelo/internal/rules"
)

// columns is the header of every file.
const columns = "Title,Type,Company Name,Contact First Name,Contact Last Name,display_name,dns_name,last_logged_in_user,last_online," +
	"last_update,ninja_url,role,type,sub_type,Ninja Device Remote Control"

func read(t require.TestingT, path string) [][]string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, utf8.Valid(content))
	lines, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	require.NoError(t, err)
	return lines
}

// A file is plain UTF-8 with one line per device, dates as text, and quotes only if necessary.
func TestWriteOneFile(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "new", "directory")
	names, err := export.Write(directory, "default", []export.Row{{
		Title: `SRV "1", main`, Type: "NinjaOne Device", Company: "Café\nSociété", FirstName: "NinjaOne", LastName: "O'Brien",
		Fields: map[string]string{
			"display_name": "=1+1", "dns_name": "-srv.local", "last_logged_in_user": "@CORP\\bob", "last_online": "1767225600",
			"ninja_url": "https://app.ninjarmm.com/#/deviceDashboard/7/overview", "role": "+Servers", "unknown": "left out",
		},
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"assets-default-001.csv"}, names)
	content, err := os.ReadFile(filepath.Join(directory, names[0]))
	require.NoError(t, err)
	require.Equal(t, columns+"\n"+`"SRV ""1"", main",NinjaOne Device,Café Société,NinjaOne,O'Brien,=1+1,-srv.local,@CORP\bob,`+
		"2026-01-01T00:00:00Z,,https://app.ninjarmm.com/#/deviceDashboard/7/overview,+Servers,,,\n", string(content))
	info, err := os.Stat(filepath.Join(directory, names[0]))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it contains personal names")
}

// No file is too large for the importer or empty, and none of an earlier export is left to be imported again.
func TestWriteSplitsFiles(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	kept := []string{"assets-other-002.csv", "assets-default.csv", "assets-default-003.csv.bak", "notes.txt"}
	for _, name := range kept {
		require.NoError(t, os.WriteFile(filepath.Join(directory, name), []byte("mine"), 0o600))
	}
	for _, test := range []struct{ rows, files int }{{2001, 3}, {1000, 1}, {1001, 2}, {0, 0}} {
		rows := make([]export.Row, test.rows)
		for i := range rows {
			rows[i].Title = strconv.Itoa(i)
		}
		names, err := export.Write(directory, "default", rows)
		require.NoError(t, err)
		require.Len(t, names, test.files)
		require.NotNil(t, names)
		var titles []string
		for _, name := range names {
			lines := read(t, filepath.Join(directory, name))
			require.Equal(t, columns, strings.Join(lines[0], ","))
			require.LessOrEqual(t, len(lines)-1, 1000)
			for _, line := range lines[1:] {
				titles = append(titles, line[0])
			}
		}
		require.Len(t, titles, test.rows)
		for i, title := range titles {
			require.Equal(t, strconv.Itoa(i), title)
		}
		entries, err := os.ReadDir(directory)
		require.NoError(t, err)
		require.Len(t, entries, test.files+len(kept), "no other file is left")
	}
}

// A directory that can't be written to is an error, and no temporary file is left.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := export.Write(file, "default", []export.Row{{Title: "x"}})
	require.ErrorContains(t, err, "create the directory for the files")

	directory := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(directory, "assets-default-001.csv"), 0o700))
	_, err = export.Write(directory, "default", []export.Row{{Title: "x"}})
	require.ErrorContains(t, err, "assets-default-001.csv")
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// Any value is read back from the file unchanged, on one line.
func TestValuesAreUnchanged(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		title := rules.CleanName(rapid.String().Draw(t, "title"))
		role := rapid.SampledFrom([]string{"=", "+", "-", "@", "\"", ",", "'", "\ufeff", ""}).Draw(t, "first") + title
		names, err := export.Write(directory, "default", []export.Row{
			{Title: title, Company: "c", Fields: map[string]string{"role": role}}, {Title: "last", Company: "c"},
		})
		require.NoError(t, err)
		lines := read(t, filepath.Join(directory, names[0]))
		require.Len(t, lines, 3)
		require.Equal(t, title, lines[1][0])
		require.Equal(t, role, lines[1][11])
	})
}
