package accelo

import (
	"strconv"
	"strings"
)

// schema describes the fields of an object type and the filters, orders and ranges of its lists, as in the tables of
// accelo.md. Anything else is rejected.
type schema[T any] struct {
	// rows returns the table.
	rows func(*world) *table[T]
	// fields are the fields that `_fields` can ask for.
	fields []field[T]
	// basic filters test for equality and can be negated.
	basic map[string]attr[T]
	// dates accept _before, _after and empty().
	dates map[string]func(*T) int64
	// orders are the names that order_by_asc and order_by_desc accept.
	orders map[string]attr[T]
	// ranges accept _greater_than, _less_than and so on.
	ranges map[string]attr[T]
	// objects are the object filters such as against().
	objects map[string]func(*T) (string, int64)
	// search are the fields that `_search` searches; none means that the list can't be searched.
	search []func(*T) string
	// hidden reports whether the caller may not see a row; nil hides nothing.
	hidden func(v *view, row *T) bool
}

// attr is one property of a row to compare: a number or a text.
type attr[T any] struct {
	number func(*T) int64
	text   func(*T) string
}

func byNumber[T any](get func(*T) int64) attr[T] { return attr[T]{number: get} }
func byText[T any](get func(*T) string) attr[T]  { return attr[T]{text: get} }

func byFlag[T any](get func(*T) bool) attr[T] {
	return attr[T]{number: func(row *T) int64 {
		if get(row) {
			return 1
		}
		return 0
	}}
}

// condition reports whether a row matches.
type condition[T any] func(*T) bool

// isOneOf matches rows whose property equals one of the values, ignoring case.
func (a attr[T]) isOneOf(name string, values []string) (condition[T], error) {
	if a.number == nil {
		return func(row *T) bool {
			text := a.text(row)
			for _, value := range values {
				if strings.EqualFold(text, value) {
					return true
				}
			}
			return false
		}, nil
	}
	numbers, err := parseNumbers(name, values)
	if err != nil {
		return nil, err
	}
	if len(numbers) == 1 {
		wanted := numbers[0]
		return func(row *T) bool { return a.number(row) == wanted }, nil
	}
	set := make(map[int64]bool, len(numbers))
	for _, n := range numbers {
		set[n] = true
	}
	return func(row *T) bool { return set[a.number(row)] }, nil
}

// compared matches rows by comparing their property with a value.
func (a attr[T]) compared(name, value string, holds func(int) bool) (condition[T], error) {
	if a.number == nil {
		value = strings.ToLower(value)
		return func(row *T) bool { return holds(strings.Compare(strings.ToLower(a.text(row)), value)) }, nil
	}
	numbers, err := parseNumbers(name, []string{value})
	if err != nil {
		return nil, err
	}
	return func(row *T) bool { return holds(compareNumbers(a.number(row), numbers[0])) }, nil
}

// order compares two rows.
func (a attr[T]) order(x, y *T) int {
	if a.number == nil {
		return strings.Compare(strings.ToLower(a.text(x)), strings.ToLower(a.text(y)))
	}
	return compareNumbers(a.number(x), a.number(y))
}

// empty reports whether the property has no value.
func (a attr[T]) empty(row *T) bool {
	if a.number == nil {
		return a.text(row) == ""
	}
	return a.number(row) == 0
}

func compareNumbers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func parseNumbers(name string, values []string) ([]int64, error) {
	numbers := make([]int64, 0, len(values))
	for _, value := range values {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, invalid("The value %q of the filter %q is not a number.", value, name)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// searched matches rows that contain every word in one of the search fields, ignoring case (accelo.md 14).
func (s *schema[T]) searched(words []string) (condition[T], error) {
	if len(s.search) == 0 {
		return nil, invalid("This resource cannot be searched.")
	}
	lowered := make([]string, len(words))
	for i, word := range words {
		lowered[i] = strings.ToLower(word)
	}
	return func(row *T) bool {
		found := 0
		for _, word := range lowered {
			for _, get := range s.search {
				if strings.Contains(strings.ToLower(get(row)), word) {
					found++
					break
				}
			}
		}
		return found == len(lowered)
	}, nil
}
