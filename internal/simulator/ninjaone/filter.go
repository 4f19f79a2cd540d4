package ninjaone

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter is a parsed device filter: the conjunction of its predicates (contract 4.6).
type filter []predicate

// predicate decides about one device.
type predicate func(*Device) bool

// matches tells whether a device fulfils every predicate.
func (f filter) matches(d *Device) bool {
	for _, fulfilled := range f {
		if !fulfilled(d) {
			return false
		}
	}
	return true
}

// filterToken splits a filter into words, operators, brackets and commas.
var filterToken = regexp.MustCompile(`\s*(&&|!=|<>|!in\b|[=<>(),]|[A-Za-z0-9_:.+-]+)`)

// operators maps the spellings of each operator to one.
var operators = map[string]string{
	"=": "=", "eq": "=", "!=": "!=", "neq": "!=", "<>": "!=", "in": "in", "nin": "nin", "notin": "nin", "!in": "nin",
	"<": "<", "lt": "<", "before": "<", ">": ">", "gt": ">", "after": ">",
}

// parseFilter parses df. A filter without a status predicate gets status=APPROVED. It fails on anything that contract
// 4.6 does not have.
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
			return nil, fmt.Errorf("%q where AND was expected: there is no OR", and)
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
	// status tells that there was a status predicate.
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

// next takes a token; "" at the end.
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
		// There are no saved searches, so no device is in one.
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

// operator takes one of the operators allowed.
func (p *filterParser) operator(name string, allowed ...string) (string, error) {
	word := p.next()
	operator, known := operators[strings.ToLower(word)]
	if !known || !slices.Contains(allowed, operator) {
		return "", fmt.Errorf("%s cannot be followed by %q", name, word)
	}
	return operator, nil
}

// values takes one value, or a list in brackets after in and nin.
func (p *filterParser) values(name, operator string) ([]string, error) {
	if operator != "in" && operator != "nin" {
		value := p.next()
		if value == "" || strings.ContainsAny(value, "(),=<>&") {
			return nil, fmt.Errorf("%s lacks a value", name)
		}
		return []string{value}, nil
	}
	if p.next() != "(" {
		return nil, fmt.Errorf("%s %s needs a list in brackets", name, operator)
	}
	var list []string
	for {
		value := p.next()
		if value == "" || strings.ContainsAny(value, "(),=<>&") {
			return nil, fmt.Errorf("%s %s has a broken list", name, operator)
		}
		list = append(list, value)
		switch p.next() {
		case ",":
		case ")":
			return list, nil
		default:
			return nil, fmt.Errorf("%s %s has a broken list", name, operator)
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
	return nil, fmt.Errorf("%q is no date: yyyyMMdd, yyyy-MM-dd or ISO-8601 with Z", value)
}

func number(text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return int(n), nil
}
