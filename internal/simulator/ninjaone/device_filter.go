package ninjaone

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter is a parsed device filter: predicates joined by AND (ninjaone.md 4.6).
type filter []predicate

// predicate reports whether a device matches.
type predicate func(*Device) bool

// matches reports whether a device matches every predicate.
func (f filter) matches(d *Device) bool {
	for _, holds := range f {
		if !holds(d) {
			return false
		}
	}
	return true
}

// filterToken matches a word, an operator, a parenthesis or a comma.
var filterToken = regexp.MustCompile(`\s*(&&|!=|<>|!in\b|[=<>(),]|[A-Za-z0-9_:.+-]+)`)

// operators maps each spelling of an operator to its canonical form.
var operators = map[string]string{
	"=": "=", "eq": "=", "!=": "!=", "neq": "!=", "<>": "!=", "in": "in", "nin": "nin", "notin": "nin", "!in": "nin",
	"<": "<", "lt": "<", "before": "<", ">": ">", "gt": ">", "after": ">",
}

// parseFilter parses df. Without a status predicate it adds status=APPROVED. It rejects everything that is not in
// ninjaone.md 4.6.
func parseFilter(text string) (filter, error) {
	p := &filterParser{}
	if err := p.split(text); err != nil {
		return nil, err
	}
	var parsed filter
	for len(p.tokens) > 0 {
		next, err := p.predicate()
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, next)
		if len(p.tokens) == 0 {
			break
		}
		if and := p.next(); and != "&&" && !strings.EqualFold(and, "and") {
			return nil, fmt.Errorf("expected AND instead of %q (OR is not supported)", and)
		}
		if len(p.tokens) == 0 {
			return nil, fmt.Errorf("the filter ends with AND")
		}
	}
	if !p.status {
		parsed = append(parsed, func(d *Device) bool { return d.ApprovalStatus == approved })
	}
	return parsed, nil
}

type filterParser struct {
	tokens []string
	// status is set once a status predicate has been parsed.
	status bool
}

func (p *filterParser) split(text string) error {
	rest := strings.TrimSpace(text)
	for rest != "" {
		at := filterToken.FindStringSubmatchIndex(rest)
		if at == nil || at[0] != 0 {
			return fmt.Errorf("cannot read the filter at %.20q", rest)
		}
		p.tokens = append(p.tokens, rest[at[2]:at[3]])
		rest = strings.TrimSpace(rest[at[1]:])
	}
	return nil
}

// next returns the next token, or "" at the end.
func (p *filterParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	return token
}

func (p *filterParser) predicate() (predicate, error) {
	name := p.next()
	switch strings.ToLower(name) {
	case "online":
		return func(d *Device) bool { return !d.Offline }, nil
	case "offline":
		return func(d *Device) bool { return d.Offline }, nil
	case "group":
		// The simulator has no saved searches, so no device is in one.
		_, err := number(p.next())
		return func(*Device) bool { return false }, err
	case "created":
		return p.created()
	case "org", "organization":
		return p.numbers(name, func(d *Device) int { return d.OrganizationID })
	case "loc", "location":
		return p.numbers(name, func(d *Device) int { return d.LocationID })
	case "role":
		return p.numbers(name, func(d *Device) int { return d.RoleID })
	case "id":
		return p.numbers(name, func(d *Device) int { return d.ID })
	case "tagid":
		return p.numbers(name, func(*Device) int { return 0 })
	case "class":
		return p.words(name, nodeClasses, func(d *Device) string { return d.NodeClass }, "=", "!=", "in", "nin")
	case "status":
		p.status = true
		return p.words(name, approvalStatuses, func(d *Device) string { return d.ApprovalStatus }, "=", "!=")
	default:
		return nil, fmt.Errorf("unknown predicate %q", name)
	}
}

// operator reads one of the allowed operators.
func (p *filterParser) operator(name string, allowed ...string) (string, error) {
	word := p.next()
	operator, known := operators[strings.ToLower(word)]
	if !known || !slices.Contains(allowed, operator) {
		return "", fmt.Errorf("%s cannot be followed by %q", name, word)
	}
	return operator, nil
}

// values reads one value or, after in and nin, a list in parentheses.
func (p *filterParser) values(name, operator string) ([]string, error) {
	if operator != "in" && operator != "nin" {
		value := p.next()
		if value == "" || strings.ContainsAny(value, "(),=<>&") {
			return nil, fmt.Errorf("%s needs a value", name)
		}
		return []string{value}, nil
	}
	if p.next() != "(" {
		return nil, fmt.Errorf("%s %s needs a list in parentheses", name, operator)
	}
	var list []string
	for {
		value := p.next()
		if value == "" || strings.ContainsAny(value, "(),=<>&") {
			return nil, fmt.Errorf("%s %s has a malformed list", name, operator)
		}
		list = append(list, value)
		switch p.next() {
		case ",":
		case ")":
			return list, nil
		default:
			return nil, fmt.Errorf("%s %s has a malformed list", name, operator)
		}
	}
}

func (p *filterParser) numbers(name string, of func(*Device) int) (predicate, error) {
	operator, err := p.operator(name, "=", "!=", "in", "nin")
	if err != nil {
		return nil, err
	}
	texts, err := p.values(name, operator)
	if err != nil {
		return nil, err
	}
	wanted := make(map[int]bool, len(texts))
	for _, text := range texts {
		n, err := number(text)
		if err != nil {
			return nil, err
		}
		wanted[n] = true
	}
	positive := operator == "=" || operator == "in"
	return func(d *Device) bool { return wanted[of(d)] == positive }, nil
}

func (p *filterParser) words(name string, known []string, of func(*Device) string, allowed ...string) (predicate, error) {
	operator, err := p.operator(name, allowed...)
	if err != nil {
		return nil, err
	}
	wanted, err := p.values(name, operator)
	if err != nil {
		return nil, err
	}
	for _, word := range wanted {
		if !slices.Contains(known, word) {
			return nil, fmt.Errorf("unknown %s %q", name, word)
		}
	}
	positive := operator == "=" || operator == "in"
	return func(d *Device) bool { return slices.Contains(wanted, of(d)) == positive }, nil
}

func (p *filterParser) created() (predicate, error) {
	operator, err := p.operator("created", "=", "<", ">")
	if err != nil {
		return nil, err
	}
	value := p.next()
	for _, layout := range []string{"20060102", time.DateOnly, time.RFC3339Nano} {
		moment, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		return func(d *Device) bool {
			switch operator {
			case "<":
				return d.Created.Before(moment)
			case ">":
				return d.Created.After(moment)
			default:
				return d.Created.UTC().Truncate(24 * time.Hour).Equal(moment.Truncate(24 * time.Hour))
			}
		}, nil
	}
	return nil, fmt.Errorf("%q is not a date (use yyyyMMdd, yyyy-MM-dd or ISO 8601 with Z)", value)
}

func number(text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return int(n), nil
}
