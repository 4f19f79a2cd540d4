package accelo

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ninjaone-accelo/internal/rules"
)

// maxSearch limits a search, in bytes, to what fits in an address. Fewer words only find more objects to compare.
const maxSearch = 600

// SearchCalls returns how many searches it takes to be sure that no object has this name, if each fits on one page.
func SearchCalls(name string) int { return len(searchesFor(name)) }

// searchByName returns the objects with exactly this name, as rules.SameName compares names. It makes the searches of
// searchesFor until one finds it. If none does, it returns the objects on the way whose name may be a stored form of the searched one
// (rules.NameMayBecome, rules.NameMayLack).
func searchByName[T keyed](
	ctx context.Context, c *Client, operation, path string, q query, name string, nameOf func(T) string,
) (same, like []T, err error) {
	for _, text := range searchesFor(name) {
		q.search = text
		found, err := numberedPages[T](ctx, c, operation, path, q)
		if err != nil {
			return nil, nil, err
		}
		for _, item := range found {
			switch {
			case rules.SameName(nameOf(item), name):
				same = append(same, item)
			case (rules.NameMayBecome(name, nameOf(item)) || rules.NameMayLack(name, nameOf(item))) &&
				!slices.ContainsFunc(like, func(other T) bool { return other.key() == item.key() }):
				like = append(like, item)
			}
		}
		if len(same) > 0 {
			return same, nil, nil
		}
	}
	return nil, like, nil
}

// searchesFor returns what to search for to find a name: all of its words, which is enough if they are plain letters and digits.
// Otherwise also its longest word alone, composed and decomposed: how Accelo's search treats punctuation and accents is
// undocumented (accelo.md 4.8). An empty name needs no search.
func searchesFor(name string) []string {
	words := searchText(name)
	switch {
	case rules.NameKey(name) == "":
		return nil
	case isPlain(words):
		return []string{words}
	}
	longest := longestWord(words)
	return distinct(words, longest, norm.NFC.String(longest), norm.NFD.String(longest))
}

func isPlain(words string) bool {
	return isASCII(words) && !strings.ContainsFunc(words, func(r rune) bool { return r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// distinct returns the first text and the others that are neither empty nor repeated.
func distinct(first string, others ...string) []string {
	texts := []string{first}
	for _, other := range others {
		if other != "" && !slices.Contains(texts, other) {
			texts = append(texts, other)
		}
	}
	return texts
}

// searchText returns as many words of a name as fit in a search.
func searchText(name string) string {
	var words []string
	length := 0
	for _, word := range strings.Fields(strings.ToValidUTF8(name, " ")) {
		if length += len(word) + 1; length > maxSearch {
			if len(words) == 0 {
				words = append(words, truncate(word, maxSearch))
			}
			break
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// truncate cuts a word to at most limit bytes without splitting a character.
func truncate(word string, limit int) string {
	for limit > 0 && !utf8.RuneStart(word[limit]) {
		limit--
	}
	return word[:limit]
}

// longestWord returns the longest run of letters and digits. It prefers ASCII words, which have only one Unicode form.
func longestWord(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	var longest string
	for _, word := range words {
		ascii, longestIsASCII := isASCII(word), isASCII(longest)
		if longest == "" || ascii && !longestIsASCII || ascii == longestIsASCII && len(word) > len(longest) {
			longest = word
		}
	}
	return longest
}

func isASCII(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII })
}
