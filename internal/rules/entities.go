package rules

import (
	"html"
	"regexp"
	"strings"
)

// entity is a character reference as encoders write it, with its semicolon. Without one it may be plain text: "R&D", "AT&T".
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)

// decodeEntities replaces HTML character references, also those that were encoded more than once: Accelo may return "AT&T" as "AT&amp;T".
func decodeEntities(text string) string {
	for strings.Contains(text, "&") {
		decoded := entity.ReplaceAllStringFunc(text, decodeEntity)
		if decoded == text {
			return text
		}
		text = decoded
	}
	return text
}

// decodeEntity decodes one reference and leaves unknown names as they are, of which the decoder would replace only a part.
func decodeEntity(reference string) string {
	decoded := html.UnescapeString(reference)
	if len(decoded) > 1 && strings.HasSuffix(decoded, ";") {
		return reference
	}
	return decoded
}
