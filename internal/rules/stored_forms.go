package rules

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MayBecome reports whether a value that was sent may be stored like that: it is the same, or it lost what some systems don't keep, alone or
// together: tags, characters outside of an old character set, everything beyond a length. A person could make the same edit, so this
// is only asked as long as no reading has shown how the value is stored.
func (t FieldType) MayBecome(sent, stored string) bool {
	if t.Same(sent, stored) {
		return true
	}
	if t == DateTimeField {
		return losesSeconds(canonicalTime(sent), canonicalTime(stored))
	}
	if t == HyperlinkField && t.Same(sent, stripTags(canonicalText(stored))) { // shown as a link
		return true
	}
	return slices.ContainsFunc(compositions, func(compose func(string) string) bool {
		shown := compose(CleanText(decodeEntities(stored)))
		for _, form := range lossyForms(compose, sent) {
			for _, seen := range []string{shown, stripTags(shown)} {
				if skipSpace(form) == skipSpace(seen) || isCut(form, seen) {
					return true
				}
			}
		}
		return false
	})
}

// compositions are the ways in which accents may count towards a length: as they were sent, composed, decomposed.
var compositions = []func(string) string{func(text string) string { return text }, norm.NFC.String, norm.NFD.String}

// MayLose reports whether a value may be stored in a form that isn't the same.
func (t FieldType) MayLose(value string) bool {
	return t == DateTimeField && value != "" || utf8.RuneCountInString(value) > shortText || strings.Contains(value, "<") ||
		strings.IndexFunc(value, func(r rune) bool { return r > unicode.MaxLatin1 }) >= 0
}

// shortText is how many characters every system is expected to keep.
const shortText = 30

// losesSeconds reports whether a time was cut to its minute or day.
func losesSeconds(sent, stored string) bool {
	from, known := parseStoredTime(sent)
	to, shown := parseStoredTime(stored)
	const minute, day = 60, 24 * 60 * 60
	return known && shown && stored != "" && (from.Unix()-from.Unix()%minute == to.Unix() || from.Unix()-from.Unix()%day == to.Unix())
}

// tagOpen is the start of an HTML tag: text such as "a < b" and "I <3 you" has none.
var (
	completeTag = regexp.MustCompile(`<[!/?a-zA-Z][^<>]*>`)
	openTag     = regexp.MustCompile(`<[!/?a-zA-Z0-9][^>]*$`)
)

func stripTags(text string) string { return completeTag.ReplaceAllString(text, "") }

// lossyForms returns what a text may have become before it was cut. They differ in what counts towards the length at which it is cut.
func lossyForms(compose func(string) string, text string) []string {
	var forms []string
	add := func(form string) {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	trimmed := strings.TrimSpace(text)
	for _, start := range []string{text, trimmed, strings.ReplaceAll(trimmed, "\r\n", "\n"), canonicalText(text)} {
		start = compose(start)
		add(start)
		add(stripTags(start))
		add(openTag.ReplaceAllString(stripTags(start), ""))
		add(tag.ReplaceAllString(start, "")) // the simplest of filters
	}
	for _, form := range slices.Clone(forms) {
		for _, outside := range []rune{maxThreeBytes, unicode.MaxLatin1} {
			at := strings.IndexFunc(form, func(r rune) bool { return r > outside })
			if at < 0 {
				continue
			}
			add(form[:at]) // MySQL keeps what is before the first one
			for _, substitute := range substitutes {
				add(replaceAbove(form, outside, substitute))
			}
		}
	}
	return forms
}

// maxThreeBytes is the last character that takes three bytes in UTF-8. Older MySQL tables hold no others.
const maxThreeBytes = '\uffff'

// substitutes are what systems write for a character that they can't store: nothing, or a mark for each character, UTF-16 unit or byte.
var substitutes = []string{"", "?", "??", "???", "????", "\ufffd", "\ufffd\ufffd", "\ufffd\ufffd\ufffd\ufffd"}

func replaceAbove(text string, last rune, substitute string) string {
	var out strings.Builder
	for _, r := range text {
		if r > last {
			out.WriteString(substitute)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// textLimits are the lengths at which systems cut texts, in ascending order. A person shortens a text in the middle of a word to one of
// them only by chance.
var textLimits = []int{
	10, 12, 15, 16, 20, 24, 25, 30, 32, 35, 36, 40, 45, 48, 50, 60, 63, 64, 70, 75, 80, 90, 96, 99, 100, 120, 125, 127, 128, 140, 150, 160, 180, 190,
	191, 200, 240, 250, 254, 255, 256, 300, 400, 500, 511, 512, 750, 768, 1000, 1023, 1024, 1500, 2000, 2047, 2048, 3000, 4000, 4095, 4096, 5000,
	8000, 8191, 8192, 10_000, 16_383, 16_384, 20_000, 30_000, 32_000, 32_767, 32_768, 50_000, 60_000, 64_000, 65_000, 65_534, 65_535, 65_536,
}

// commonLimits are those that also count between two words, where people shorten a text.
var commonLimits = []int{
	50, 64, 100, 127, 128, 200, 250, 254, 255, 256, 500, 511, 512, 1000, 1023, 1024, 2000, 2047, 2048, 4000, 4095, 4096, 8000, 8191, 8192, 10_000,
	16_383, 16_384, 32_000, 32_767, 32_768, 64_000, 65_000, 65_534, 65_535, 65_536,
}

// isCut reports whether a text was cut to one of the usual lengths, in characters, bytes or UTF-16 units. White space at the cut may be
// gone, and marks for the cut may follow.
func isCut(text, seen string) bool {
	for _, mark := range []string{"", "…", "...", " …", " ...", "\ufffd"} {
		start, marked := strings.CutSuffix(seen, mark)
		if marked && cutAt(text, start, mark) {
			return true
		}
	}
	return false
}

// cutAt reports whether start is the beginning of a text up to one of the usual lengths. It compares without white space, so the cut lies
// anywhere from the last character of start to the one that follows it in text.
func cutAt(text, start, mark string) bool {
	start = skipSpace(start)
	end := 0 // of start, in text
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case unicode.IsSpace(r):
		case start == "" && end > 0:
			limits := textLimits
			if at > end {
				limits = commonLimits
			}
			from, to := lengthsOf(text[:end]), lengthsOf(text[:at]).plus(lengths{bytes: size - 1})
			return within(limits, from, to) || mark != "" && within(limits, from.plus(lengthsOf(mark)), to.plus(lengthsOf(mark)))
		default:
			first, width := utf8.DecodeRuneInString(start)
			if width == 0 || first != r {
				return false
			}
			start, end = start[width:], at+size
		}
		at += size
	}
	return false // nothing is missing but white space
}

// lengths are the lengths of a text in the three units that limits are given in.
type lengths struct{ characters, units, bytes int }

func lengthsOf(text string) lengths {
	l := lengths{bytes: len(text)}
	for _, r := range text {
		l.characters++
		l.units++
		if r > maxThreeBytes {
			l.units++
		}
	}
	return l
}

func (l lengths) plus(more lengths) lengths {
	return lengths{l.characters + more.characters, l.units + more.units, l.bytes + more.bytes}
}

// within reports whether one of the limits lies between two lengths in any unit.
func within(limits []int, from, to lengths) bool {
	between := func(low, high int) bool {
		at, _ := slices.BinarySearch(limits, low)
		return at < len(limits) && limits[at] <= high
	}
	return between(from.characters, to.characters) || between(from.units, to.units) || between(from.bytes, to.bytes)
}
