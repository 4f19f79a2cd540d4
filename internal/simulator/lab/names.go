package lab

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// stride steps through the ordinary names in an order that looks random. It is prime, so it visits all of them.
const stride = 7919

// OrganizationName returns the i-th name (from 0) of an endless stream of organization names. The stream depends only on
// the seed, so both simulators draw the same names and their worlds overlap. All names of a stream differ even after case
// folding, Unicode NFC and collapsing white space. At the start every third name is awkward (parentheses, commas, accents,
// HTML, emoji, 300 characters, stray white space); later the awkward names recur with a number.
func OrganizationName(seed int64, i int) string {
	if i < 0 {
		i = -i
	}
	if nth, awkward := awkwardIndex(i); awkward {
		name := awkwardNames[nth%len(awkwardNames)]
		switch round := nth / len(awkwardNames); {
		case round == 0:
			return name
		case len(name) > maxDistinct: // beyond this, a number at the end may be cut
			return fmt.Sprintf("%d %s", round+1, name)
		default:
			return fmt.Sprintf("%s %d", name, round+1)
		}
	}
	return ordinaryName(seed, i)
}

// maxDistinct is the number of bytes within which names differ.
const maxDistinct = 200

// awkwardIndex reports whether the i-th name is awkward, and how many awkward names precede it.
func awkwardIndex(i int) (int, bool) {
	count := len(awkwardNames)
	switch {
	case i < 3*count:
		return i / 3, i%3 == 2
	case i%20 == 7:
		return count + i/20, true
	default:
		return 0, false
	}
}

// ordinaryName maps i to a combination of family name, trade and legal form, without repeating one.
func ordinaryName(seed int64, i int) string {
	space := len(families) * len(trades) * len(forms)
	offset := int(uint64(seed) % uint64(space))
	at := (i%space*stride + offset) % space
	name := families[at%len(families)] + " " + trades[at/len(families)%len(trades)] + forms[at/len(families)/len(trades)]
	if round := i / space; round > 0 {
		return fmt.Sprintf("%s No. %d", name, round+1)
	}
	return name
}

// awkwardNames break careless code. All accents are composed (NFC).
var awkwardNames = []string{
	"Brightwater (Holdings) Ltd",
	"Smith, Jones & Partners, LLC",
	"Café Société Générale",
	"<b>Bold & Sons</b>",
	"Emoji Bakery 🍞🥐",
	"Müller & Söhne GmbH",
	longName(300),
	"Trailing Space Traders  ",
	"Double  Space   Design",
	"O'Brien \"The Printer\"",
	"ACME HOLDINGS",
	"Łódź Żagle sp. z o.o.",
	"100% Pure; DROP TABLE companies--",
	"東京ソフト株式会社",
	"Straße & Maß AG",
	"((Nested (Parentheses), Inc.))",
	"Ångström Öl ÆØÅ A/S",
	"name=value&x[]=1#top",
	"\tTabbed\tName",
	"Back\\slash / Slash Co",
	"مؤسسة النور",
	"{{.Name}} <script>alert(1)</script>",
	"+1 (Plus) One, Inc.",
	"Nguyễn Thị Mai Co., Ltd.",
}

// longName returns a name of exactly n characters.
func longName(n int) string {
	const phrase = "The Very Long Name Of A Very Old Family Company And Its Successors "
	return strings.Repeat(phrase, n/len(phrase)+1)[:n-1] + "X"
}

// NameVariant returns another spelling of a name, chosen by i: upper case, decomposed accents (NFD), stray white space,
// lower case or several of these; i = 0 returns the name itself. All variants are equal after case folding, NFC, and
// trimming and collapsing white space.
func NameVariant(name string, i int) string {
	switch i % 6 {
	case 1:
		return strings.ToUpper(name)
	case 2:
		return norm.NFD.String(name)
	case 3:
		return "  " + strings.ReplaceAll(name, " ", "  ") + " "
	case 4:
		return strings.ToLower(name)
	case 5:
		return norm.NFD.String(strings.ToUpper(strings.ReplaceAll(name, " ", "\u00a0"))) + "\t"
	default:
		return name
	}
}

// HostName returns the i-th host name of a stream that depends only on the seed, such as "PC-7Q00014". The kind is its
// prefix. All host names of one stream and kind differ.
func HostName(seed int64, kind string, i int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	random := random(seed, i)
	return fmt.Sprintf("%s-%c%c%05d", kind, letters[random.IntN(len(letters))], letters[random.IntN(len(letters))], i)
}

// PersonName returns the i-th person of a stream that depends only on the seed.
func PersonName(seed int64, i int) (first, last string) {
	random := random(seed, i)
	return givenNames[random.IntN(len(givenNames))], families[random.IntN(len(families))]
}

// UserName returns the login name of the i-th person: initial and surname in lower-case ASCII, such as "mbaxter".
func UserName(seed int64, i int) string {
	first, last := PersonName(seed, i)
	decomposed := norm.NFD.String(strings.ToLower(first[:1] + last))
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, decomposed)
}

// random returns a generator that depends only on the two numbers.
func random(seed int64, i int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(i)*0x9e3779b97f4a7c15+1)) // reproducible, not for secrets
}

// The parts of ordinary names.
var (
	families = []string{
		"Abbott", "Baxter", "Calloway", "Dunmore", "Easton", "Fairbanks", "Granger", "Hollis", "Ingram", "Jarvis",
		"Kendrick", "Lockwood", "Mercer", "Northgate", "Oakley", "Prescott", "Quincy", "Radcliffe", "Sterling", "Thornton",
		"Underwood", "Vance", "Whitaker", "Yardley", "Zimmer", "Ashford", "Beaumont", "Crosby", "Delaney", "Ellsworth",
		"Forsyth", "Gladstone", "Hathaway", "Ivers", "Jessop", "Kirby", "Lansing", "Marlowe", "Norwood", "Osborne",
	}
	trades = []string{
		"Accounting", "Architects", "Bakery", "Clinic", "Construction", "Dental", "Design", "Electrical", "Engineering",
		"Farms", "Finance", "Foods", "Foundry", "Freight", "Glass", "Hardware", "Hotels", "Insurance", "Joinery", "Labs",
		"Law", "Logistics", "Marine", "Media", "Motors", "Optics", "Packaging", "Plumbing", "Printing", "Property",
		"Robotics", "Schools", "Surgery", "Textiles", "Travel", "Veterinary", "Wines",
	}
	forms      = []string{"", " Ltd", " Inc.", " LLC", " Group", " & Co", " GmbH", " Pty Ltd"}
	givenNames = []string{
		"Alice", "Ben", "Chloe", "David", "Elena", "Frank", "Grace", "Hassan", "Ines", "Jonas", "Karin", "Liam", "Maria",
		"Noah", "Olga", "Paul", "Rosa", "Samuel", "Tara", "Victor", "Wendy", "Yusuf",
	}
)
