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

// A search longer than this, in bytes, would make an address too long; fewer words only find more to compare.
const maxSearch = 600

// searchByName finds objects whose name equals the wanted one: it searches for all words of the name, compares, and
// where nothing is equal searches once more for the longest alphanumeric word alone, since it is unknown what Accelo's
// search makes of punctuation and accents (contract accelo 4.8). A name without any plain word is searched in both Unicode
// forms, composed and decomposed.
func searchByName[T keyed](ctx context.Context, c *Client, operation, path string, q query, name string, nameOf func(T) string) ([]T, error) {
	words := searchText(name)
	if rules.NameKey(name) == "" {
		return nil, nil
	}
	longest := longestWord(words)
	for _, text := range distinct(words, longest, norm.NFC.String(longest), norm.NFD.String(longest)) {
		q.search = text
		found, err := numberedPages[T](ctx, c, operation, path, q)
		if err != nil {
			return nil, err
		}
		var equal []T
		for _, item := range found {
			if rules.SameName(nameOf(item), name) {
				equal = append(equal, item)
			}
		}
		if len(equal) > 0 {
			return equal, nil
		}
	}
	return nil, nil
}

// distinct are the first text and those of the others that are not empty, each once.
func distinct(first string, others ...string) []string {
	texts := []string{first}
	for _, other := range others {
		if other != "" && !slices.Contains(texts, other) {
			texts = append(texts, other)
		}
	}
	return texts
}

// searchText is a name as a search: its words, as many as fit.
func searchText(name string) string {
	var kept []string
	length := 0
	for _, word := range strings.Fields(strings.ToValidUTF8(name, " ")) {
		if length += len(word) + 1; length > maxSearch {
			if len(kept) == 0 {
				kept = append(kept, beginning(word, maxSearch))
			}
			break
		}
		kept = append(kept, word)
	}
	return strings.Join(kept, " ")
}

func beginning(word string, limit int) string {
	for limit > 0 && !utf8.RuneStart(word[limit]) {
		limit--
	}
	return word[:limit]
}

// longestWord is the longest run of letters and digits, a plain ASCII one if there is any: that reads the same in every
// Unicode form. It is empty when there is none.
func longestWord(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	var longest string
	for _, word := range words {
		plain, wasPlain := isASCII(word), isASCII(longest)
		if longest == "" || plain && !wasPlain || plain == wasPlain && len(word) > len(longest) {
			longest = word
		}
	}
	return longest
}

func isASCII(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII })
}
