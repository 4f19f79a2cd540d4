package accelo

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// textParameters are the parameters of writes whose texts users see, besides the values of custom fields.
var textParameters = []string{"name", "comments", "title", "body", "subject", "details", "firstname", "surname"}

// stored returns the parameters of a write with their texts as the deployment stores them.
func (s Switches) stored(p params) params {
	texts := make(map[string]string, len(p.text))
	for name, text := range p.text {
		if slices.Contains(textParameters, name) {
			text = s.store(text)
		}
		texts[name] = text
	}
	p.text = texts
	return p
}

var markup = regexp.MustCompile(`<[a-zA-Z/!][^<>]*>`)

// store returns a text as the deployment stores it (accelo.md 16). An empty text stays empty.
func (s Switches) store(text string) string {
	if text == "" {
		return text
	}
	if s.StoreNormalizedLinks {
		text = normalizeLink(text)
	}
	if s.StoreTrimmed {
		text = strings.TrimSpace(text)
	}
	if s.StoreComposed {
		text = norm.NFC.String(text)
	}
	if s.StoreWithoutTags {
		text = markup.ReplaceAllString(text, "")
	}
	if s.StoreThreeBytes {
		text = strings.Map(func(r rune) rune {
			if r > '\uffff' {
				return '?'
			}
			return r
		}, text)
	}
	if s.StoreCut > 0 && utf8.RuneCountInString(text) > s.StoreCut {
		text = string([]rune(text)[:s.StoreCut])
	}
	if s.StoreLineEnd && !isLink(text) {
		text += "\r\n"
	}
	return text
}

func isLink(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

// normalizeLink returns an address with a lower-case host and a slash at its end.
func normalizeLink(text string) string {
	if !isLink(text) {
		return text
	}
	address, err := url.Parse(text)
	if err != nil {
		return text
	}
	address.Host = strings.ToLower(address.Host)
	return strings.TrimSuffix(address.String(), "/") + "/"
}

// storeValue returns the value of a custom field as the deployment stores it.
func (s Switches) storeValue(f *CustomField, text string) string {
	switch f.Type {
	case "text", "textbox", "hyperlink":
		return s.store(text)
	}
	return text
}

// shown returns a stored text as replies contain it.
func (v *view) shown(text string) string {
	if v.switches.ReadEntities {
		return html.EscapeString(text)
	}
	return text
}

// shownValue returns the value of a custom field as replies contain it.
func (v *view) shownValue(row *CustomValue) string {
	f := v.world.fields.get(row.FieldID)
	if f == nil || !v.switches.ReadDatesAsText || f.Type != "date_time" {
		return v.shown(row.Value)
	}
	at, err := parseNumbers("value", []string{row.Value})
	if err != nil {
		return row.Value
	}
	return time.Unix(at[0], 0).UTC().Format(time.DateTime)
}

// replyTo changes what the reply to a write says about the texts that were sent.
func (s Switches) replyTo(sent params, payload any) any {
	reply, isObject := payload.(object)
	if !isObject || s.WriteReplies == "" {
		return payload
	}
	told := make(object, 0, len(reply))
	for _, m := range reply {
		text, given := sent.text[m.name]
		switch {
		case !given || m.name != "value" && !slices.Contains(textParameters, m.name):
			told = append(told, m)
		case s.WriteReplies == "sent":
			told = append(told, member{m.name, text})
		}
	}
	return told
}
