package test

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

var tags = regexp.MustCompile(`<[a-zA-Z/!][^<>]*>`)

// asStored returns a text as a deployment with these switches holds it, apart from white space around it (see accelo.md 16).
func asStored(switches accelo.Switches, text string) string {
	if switches.StoreTrimmed {
		text = strings.TrimSpace(text)
	}
	if switches.StoreComposed {
		text = norm.NFC.String(text)
	}
	if switches.StoreWithoutTags {
		text = tags.ReplaceAllString(text, "")
	}
	if switches.StoreThreeBytes {
		text = strings.Map(func(r rune) rune {
			if r > 0xffff {
				return '?'
			}
			return r
		}, text)
	}
	if runes := []rune(text); switches.StoreCut > 0 && len(runes) > switches.StoreCut {
		text = string(runes[:switches.StoreCut])
	}
	return text
}

// nameKeyOf returns the key of an organization's name as the deployment stores it.
func (c *chaosRun) nameKeyOf(organization ninjaone.Organization) string {
	return nameKey(asStored(c.switches, organizationName(organization)))
}
