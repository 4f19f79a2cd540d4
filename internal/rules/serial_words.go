package rules

import (
	"slices"
	"strings"
	"unicode"
)

// fillerWords returns the words of which placeholders consist, in lower case.
func fillerWords() []string {
	return strings.Fields(`
		applicable asdf asset assigned attached available bad base baseboard be bios blank bn board bochs box bsn bss by
		chassis computer computers configured customer
		data default defined desktop determined device disabled domu dummy
		empty enclosure entry error eval evaluation example exist factory fail failed failure false field filled fill for found
		generic hidden hvm iatpass id in index info information initialized invalid is
		kvm laptop later loaded machine mainboard manufacturer mb missing model more motherboard
		na name nb nil no none not notebook null num number
		o oem of or out part pc pending placeholder please present private product programmed provided
		qemu qwerty read redacted removed reserved
		sample serial server set settable sku sn sno spec specified standard string supported sys system
		tag tbd temp temporary test testing the to true tulip type
		unassigned unavailable undefined uninitialized unit unknown unnumbered unprogrammed unspecified unsupported user
		value vendor version virtual virtualbox void xen yes zxcv`)
}

// hasFillerWords reports whether the letters of a key are filler words alone. The last word may be cut off, since firmware has fixed
// lengths ("systemserialnumb"). Three or more of the same letter count as a word ("serialnumberxxx").
func hasFillerWords(key string) bool {
	runs := strings.FieldsFunc(key, unicode.IsDigit)
	for at, run := range runs {
		if run != hexMark && !isFillerRun(run, at == len(runs)-1) {
			return false
		}
	}
	return len(runs) > 0
}

// hexMark is the letter of a hexadecimal number, as in 0x0000.
const hexMark = "x"

// isFillerRun reports whether letters without anything between them split into filler words. It tries every split.
func isFillerRun(run string, mayBeCut bool) bool {
	words := fillerWords()
	splits := make([]bool, len(run)+1) // splits[n]: the first n letters are whole words
	splits[0] = true
	for end := range len(run) + 1 {
		if !splits[end] {
			continue
		}
		rest := run[end:]
		for _, word := range words {
			if strings.HasPrefix(rest, word) {
				splits[end+len(word)] = true
			}
		}
		if same := leadingRepeats(rest); same >= minRepeats {
			splits[end+same] = true
		}
		if mayBeCut && rest != "" && endsInCutWord(words, rest, end) {
			return true
		}
	}
	return splits[len(run)]
}

// endsInCutWord reports whether the end of a run is the start of a filler word, after whole words or long enough to be recognized.
func endsInCutWord(words []string, rest string, before int) bool {
	const recognizable = 5
	return (before >= recognizable || len(rest) >= recognizable) &&
		slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, rest) })
}

// minRepeats is how often a letter must be repeated to count as filler.
const minRepeats = 3

// leadingRepeats returns the length in bytes of the run of one letter at the start of a text, ASCII only.
func leadingRepeats(text string) int {
	if text == "" || text[0] > unicode.MaxASCII {
		return 0
	}
	return len(text) - len(strings.TrimLeft(text, text[:1]))
}
