package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// commandCall matches a call of the starter in a document: in backquotes, or in a line of a code block.
	commandCall = regexp.MustCompile("(?m)(?:`|^(?:bin/|\\$ )?)(?:bin/)?starter( [^`|#\n]*)")
	callFlag    = regexp.MustCompile(`--([a-z][a-z-]*)`)
	rowFlag     = regexp.MustCompile("`--([a-z][a-z-]*)")
)

// Every command and flag that a document names exists.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	pages = append(pages, "../README.md")
	checked := 0
	for _, page := range pages {
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		for line := range strings.Lines(string(content)) {
			calls := commandCall.FindAllStringSubmatch(line, -1)
			for _, call := range calls {
				flags := callFlag.FindAllStringSubmatch(call[1], -1)
				if len(calls) == 1 && strings.HasPrefix(line, "| `") { // a table of commands names their flags in the same row
					flags = append(flags, rowFlag.FindAllStringSubmatch(line, -1)...)
				}
				requireCommand(t, page, call[1], flags)
				checked++
			}
		}
	}
	require.Greater(t, checked, 40)
}

func requireCommand(t *testing.T, page, call string, flags [][]string) {
	t.Helper()
	root := (&app{stdout: io.Discard, stderr: io.Discard}).rootCommand(func() {})
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	command, _, err := root.Find(strings.Fields(call))
	require.NoError(t, err, "%s names starter%s", page, call)
	if !strings.HasPrefix(strings.TrimSpace(call), "--") {
		require.NotEqual(t, root, command, "%s names starter%s", page, call)
	}
	for _, flag := range flags {
		known := command.Flags().Lookup(flag[1]) != nil || command.InheritedFlags().Lookup(flag[1]) != nil
		require.True(t, known, "%s names starter%s with --%s", page, call, flag[1])
	}
}
