// Package docs_test checks what the documents claim: links lead somewhere, citations in the code resolve to a heading, and every
// variable, metric, make target and route they name exists. Commands and flags are checked in starter, which defines them.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
)

const root = ".."

// files returns every file below the repository's root that one of the extensions fits, by its path from there.
func files(t *testing.T, extensions ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	repository := os.DirFS(root)
	err := fs.WalkDir(repository, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != "." && (strings.HasPrefix(name, ".") || name == "bin") {
				return fs.SkipDir
			}
			return nil
		}
		for _, extension := range extensions {
			if strings.HasSuffix(name, extension) {
				content, err := fs.ReadFile(repository, path)
				found[filepath.FromSlash(path)] = string(content)
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// pages returns the documents that speak of this product: all but our notes on the vendors.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := files(t, ".md")
	for path := range all {
		if strings.HasPrefix(path, filepath.Join("docs", "vendors")) {
			delete(all, path)
		}
	}
	return all
}

var headingLine = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)

func headings(markdown string) []string {
	var found []string
	for _, match := range headingLine.FindAllStringSubmatch(markdown, -1) {
		found = append(found, strings.TrimSpace(match[1]))
	}
	return found
}

// anchor is the fragment that GitHub gives a heading.
func anchor(heading string) string {
	var fragment strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			fragment.WriteRune('-')
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
			fragment.WriteRune(r)
		}
	}
	return fragment.String()
}

var codeSpan = regexp.MustCompile("`[^`\n]*`")

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for path, text := range files(t, ".md") {
		for _, match := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(text, ""), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			target, fragment, _ := strings.Cut(match[1], "#")
			file := filepath.Join(root, path)
			if target != "" {
				file = filepath.Join(root, filepath.Dir(path), target)
			}
			require.FileExists(t, file, "%s links to %s", path, match[1])
			if fragment == "" {
				continue
			}
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			var anchors []string
			for _, heading := range headings(string(content)) {
				anchors = append(anchors, anchor(heading))
			}
			require.Contains(t, anchors, fragment, "%s links to %s", path, match[1])
		}
	}
}

// cited are the documents that code may cite by section, and the pattern of a section's heading.
var cited = map[string]string{
	"accelo.md":              "docs/vendors/accelo.md",
	"accelo-undocumented.md": "docs/vendors/accelo-undocumented.md",
	"ninjaone.md":            "docs/vendors/ninjaone.md",
	"interface.md":           "docs/interface.md",
	"design.md":              "docs/design.md",
}

func TestCitationsResolve(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	for name, path := range cited {
		content, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		documents[name] = string(content)
	}
	citation := regexp.MustCompile(`\b((?:accelo|accelo-undocumented|ninjaone|interface|design)\.md)(?: (?:section )?(rule )?([A0-9][0-9.]*))?`)
	// Numbers of documents that aren't in the repository.
	foreign := regexp.MustCompile(`\b(contract (accelo|ninjaone)|interface section|design rule)\b`)
	for path, text := range files(t, ".go", ".yml", ".yaml", ".sql", ".html", "Makefile", ".env.example") {
		if path == filepath.Join("docs", "docs_test.go") {
			continue
		}
		joined := joinComments(text)
		require.Empty(t, foreign.FindString(joined), path)
		for _, match := range citation.FindAllStringSubmatch(joined, -1) {
			section := strings.TrimRight(match[3], ".")
			if section == "" {
				continue
			}
			heading := regexp.MustCompile(`(?m)^(#+ |)(Appendix )?` + regexp.QuoteMeta(section) + `[. ]`)
			if match[2] != "" {
				heading = regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(section) + `\. \*\*`)
			}
			require.True(t, heading.MatchString(documents[match[1]]), "%s cites %q", path, match[0])
		}
	}
}

// joinComments puts a comment's lines together, so that a citation is found across a line break.
func joinComments(text string) string {
	return regexp.MustCompile(`\n\s*(//|#|--) ?`).ReplaceAllString(text, " ")
}

func TestVariablesExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range config.Variables() {
		known[name] = true
	}
	makefile := files(t, "Makefile")["Makefile"]
	variable := regexp.MustCompile("`([A-Z][A-Z0-9]*_[A-Z0-9_]+)[=`]")
	// Values that look like variables: classes of devices, severities.
	values := regexp.MustCompile(`^(MONITOR_SERVER|NMS_SERVER|NMS_TARGET|VM_HOST|VM_GUEST|WINDOWS_SERVER|WINDOWS_WORKSTATION|NINJA_ID|ACCELO_ID)$`)
	for path, text := range pages(t) {
		for _, match := range variable.FindAllStringSubmatch(text, -1) {
			name := match[1]
			if values.MatchString(name) || strings.Contains(makefile, name) || known[name] {
				continue
			}
			require.Fail(t, "unknown variable", "%s names %s", path, name)
		}
	}
}

func TestMetricsExist(t *testing.T) {
	t.Parallel()
	var telemetry strings.Builder
	for path, text := range files(t, ".go") {
		if strings.HasPrefix(path, filepath.Join("internal", "telemetry")) && !strings.HasSuffix(path, "_test.go") {
			telemetry.WriteString(text)
		}
	}
	metric := regexp.MustCompile(`\bninjaone_accelo_([a-z_]+)`)
	for path, text := range pages(t) {
		for _, match := range metric.FindAllStringSubmatch(text, -1) {
			known := strings.Contains(telemetry.String(), `"`+match[1]+`"`)
			require.True(t, known, "%s names %s", path, match[0])
		}
	}
}

func TestMakeTargetsExist(t *testing.T) {
	t.Parallel()
	makefile := files(t, "Makefile")["Makefile"]
	target := regexp.MustCompile("(?m)(?:`|^)make ((?:[a-z-]+ ?)+)")
	for path, text := range pages(t) {
		for _, match := range target.FindAllStringSubmatch(text, -1) {
			for _, name := range strings.Fields(match[1]) {
				require.True(t, regexp.MustCompile(`(?m)^`+name+`:`).MatchString(makefile), "%s names make %s", path, name)
			}
		}
	}
}

func TestRoutesExist(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for path, text := range files(t, ".go") {
		if strings.HasPrefix(path, "internal") && !strings.HasSuffix(path, "_test.go") {
			source.WriteString(text)
		}
	}
	route := regexp.MustCompile("`(?:GET |POST )?(/(?:api/v1|integrations|login|healthz|readyz|metrics)[a-zA-Z/]*)")
	for path, text := range pages(t) {
		for _, match := range route.FindAllStringSubmatch(text, -1) {
			registered := strings.TrimRight(regexp.MustCompile(`/[A-Z]+`).ReplaceAllString(match[1], "/{name}"), "/")
			known := strings.Contains(source.String(), registered)
			require.True(t, known, "%s names the route %s", path, match[1])
		}
	}
}
