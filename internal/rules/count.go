package rules

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Count returns a number with its noun, such as "1 alert" or "1,200 alerts". The plural is the singular with an "s" unless
// it is given.
func Count(n int, singular string, plural ...string) string {
	noun := singular + "s"
	switch {
	case n == 1:
		noun = singular
	case len(plural) > 0:
		noun = plural[0]
	}
	return message.NewPrinter(language.English).Sprintf("%d %s", n, noun)
}
