package accelo

import (
	"regexp"
	"strings"
)

// scopes holds the resources that a token may read and write, or `all` (accelo.md 2.4).
type scopes struct{ read, write map[string]bool }

var scopePattern = regexp.MustCompile(`^(read|write)\(([a-z_]+(?:,[a-z_]+)*)\)$`)

// parseScopes parses `read(all),write(companies,contacts)`. A space may replace the outer comma. No scope means
// `read(all)`.
func parseScopes(text string) (scopes, bool) {
	s := scopes{read: map[string]bool{}, write: map[string]bool{}}
	if strings.TrimSpace(text) == "" {
		s.read["all"] = true
		return s, true
	}
	for _, part := range splitScopes(text) {
		match := scopePattern.FindStringSubmatch(part)
		if match == nil {
			return scopes{}, false
		}
		granted := s.read
		if match[1] == "write" {
			granted = s.write
		}
		for _, name := range strings.Split(match[2], ",") {
			granted[name] = true
		}
	}
	return s, true
}

// splitScopes splits at commas and spaces outside parentheses.
func splitScopes(text string) []string {
	depth, start := 0, 0
	var parts []string
	for i, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case (r == ',' || r == ' ') && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// allows reports whether the scopes cover reading or writing a resource. Write includes read.
func (s scopes) allows(resource string, writing bool) bool {
	if s.write["all"] || s.write[resource] {
		return true
	}
	return !writing && (s.read["all"] || s.read[resource])
}

// readableByAll reports whether every token may read a resource.
func readableByAll(resource string) bool {
	return resource == "tokeninfo" || resource == "user" || resource == "staff"
}
