package simulation

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// orgDescribed changes a text that a deployment may store otherwise.
const orgDescribed = "an organization is described anew in NinjaOne"

// storeOtherwise lets a deployment change texts when it stores or shows them.
func storeOtherwise(seed uint64, s *accelo.Switches) {
	s.StoreTrimmed = draw(seed, "store/trimmed")%3 == 0
	s.StoreComposed = draw(seed, "store/composed")%3 == 0
	s.StoreWithoutTags = draw(seed, "store/tags")%3 == 0
	s.StoreThreeBytes = draw(seed, "store/bytes")%3 == 0
	s.StoreCut = pick(seed, "store/cut", 0, 0, 100)
	s.StoreLineEnd = draw(seed, "store/line end")%3 == 0
	s.ReadEntities = draw(seed, "read/entities")%3 == 0
	s.StoreNormalizedLinks = draw(seed, "store/links")%3 == 0
	s.WriteReplies = pick(seed, "replies", "", "", "sent", "nothing")
}

// stores says how a deployment stores texts.
func stores(s accelo.Switches) string {
	var set []string
	for _, each := range []struct {
		on   bool
		text string
	}{
		{s.StoreTrimmed, "trimmed"},
		{s.StoreComposed, "composed"},
		{s.StoreWithoutTags, "without tags"},
		{s.StoreThreeBytes, "in three bytes"},
		{s.StoreCut > 0, "cut"},
		{s.StoreLineEnd, "with a line end"},
		{s.ReadEntities, "shown with entities"},
		{s.StoreNormalizedLinks, "links normalized"},
		{s.WriteReplies == "sent", "replies repeat what was sent"},
		{s.WriteReplies == "nothing", "replies leave texts out"},
	} {
		if each.on {
			set = append(set, each.text)
		}
	}
	return strings.Join(set, ", ")
}

// describe returns the description of an organization. Its first line survives every way of storing it.
func (l *life) describe(revision int) string {
	if !l.plan.texts {
		return fmt.Sprintf("Customer since %d", 3000+revision)
	}
	return fmt.Sprintf("Revision %d\nHead office: <b>12 Main St</b>, Cafe\u0301 \U0001F680\n%s\n", revision, strings.Repeat("Call before noon. ", 6))
}

// rename returns the next name of an organization.
func (l *life) rename(name, number string) string {
	if !l.plan.texts {
		return name + " " + number
	}
	base, _, _ := strings.Cut(name, " & ")
	return base + " & So\u0308hne " + number
}

// plain is a text without what a deployment may change in names: white space around it, composition, entities; and without case.
func plain(text string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(html.UnescapeString(text))))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

// judgeTexts checks that NinjaOne's last texts have reached Accelo, except those that a person wrote there, and that no note tells of a
// person's change where nobody changed anything.
func (l *life) judgeTexts() {
	world := l.accelo.Snapshot()
	if len(world.Merged) > 0 {
		return
	}
	for _, organization := range l.ninjaOne.Snapshot().Organizations {
		l.judgeOrganization(organization, world)
	}
	for _, note := range world.Activities {
		if !strings.HasPrefix(note.Subject, "Manual change kept") || note.AgainstType != "company" && note.AgainstType != "asset" {
			continue
		}
		if !l.people.touched(note.AgainstType, note.AgainstID) {
			l.problemf("wrong: a note says that a person had changed the %s, and nobody had", note.AgainstType)
		}
	}
}

func (l *life) judgeOrganization(organization ninjaone.Organization, world accelo.World) {
	named := func(c accelo.Company) bool { return plain(c.Name) == plain(organization.Name) }
	at := slices.IndexFunc(world.Companies, func(c accelo.Company) bool { return named(c) && !l.people.added[c.ID] })
	switch {
	case at < 0 && !slices.ContainsFunc(world.Companies, named) && !l.people.renamedCompany():
		l.problemf("lost: the name of an organization did not reach Accelo")
	case at < 0, l.people.touched("company", world.Companies[at].ID):
	case firstLine(world.Companies[at].Comments) != firstLine(organization.Description):
		l.problemf("lost: the description of an organization did not reach Accelo")
	}
}

// touched reports whether a person wrote to a record, or made it.
func (g *ledger) touched(kind string, id int64) bool {
	for key := range g.edited {
		if strings.HasPrefix(key, fmt.Sprintf("%s %d ", kind, id)) {
			return true
		}
	}
	return kind == "company" && g.added[id]
}

func (g *ledger) renamedCompany() bool {
	for key := range g.edited {
		if strings.HasPrefix(key, "company ") && strings.HasSuffix(key, " name") {
			return true
		}
	}
	return false
}
