package accelo

import (
	"encoding/json"
	"slices"
	"strings"
)

// node is an item of `_fields` or `_filters`: a name with or without arguments. Values of filters are names without
// arguments.
type node struct {
	name string
	call bool
	args []node
}

// maxDepth is the maximum nesting of fields, filters and breadcrumbs.
const maxDepth = 8

type nodeParser struct {
	text string
	at   int
}

// list parses items up to the closing parenthesis or the end.
func (p *nodeParser) list(depth int) ([]node, error) {
	if depth > maxDepth {
		return nil, invalid("%q is nested too deeply.", p.text)
	}
	var nodes []node
	for {
		n, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		if n.name != "" || n.call {
			nodes = append(nodes, n)
		}
		if p.at >= len(p.text) || p.text[p.at] != ',' {
			return nodes, nil
		}
		p.at++
	}
}

func (p *nodeParser) item(depth int) (node, error) {
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune("(),", rune(p.text[p.at])) {
		p.at++
	}
	n := node{name: strings.TrimSpace(p.text[start:p.at])}
	if p.at >= len(p.text) || p.text[p.at] != '(' {
		return n, nil
	}
	if n.name == "" {
		return n, invalid("A name is missing before a parenthesis in %q.", p.text)
	}
	n.call = true
	p.at++
	var err error
	if n.name == "search" {
		n.args, err = p.searchWords()
		return n, err
	}
	if n.args, err = p.list(depth + 1); err != nil {
		return n, err
	}
	if p.at >= len(p.text) {
		return n, invalid("Unbalanced parentheses in %q.", p.text)
	}
	p.at++
	if p.at < len(p.text) && p.text[p.at] != ',' && p.text[p.at] != ')' {
		return n, invalid("A comma is missing in %q.", p.text)
	}
	return n, nil
}

// searchWords parses `search(...)` up to its closing parenthesis. Spaces and commas separate words, and parentheses inside
// are dropped (accelo.md 4.4).
func (p *nodeParser) searchWords() ([]node, error) {
	start, depth := p.at, 1
	for ; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			words := splitSearch(p.text[start:p.at])
			p.at++
			return words, nil
		}
	}
	return nil, invalid("Unbalanced parentheses in %q.", p.text)
}

func splitSearch(text string) []node {
	text = strings.NewReplacer("(", "", ")", "", ",", " ").Replace(text)
	var words []node
	for _, word := range strings.Fields(text) {
		words = append(words, node{name: word})
	}
	return words
}

// filterNodes parses `_filters` in its query form or its JSON form (accelo.md 3.6).
func filterNodes(p params) ([]node, error) {
	if tree, ok := p.tree["_filters"]; ok {
		fields, ok := tree.(map[string]any)
		if !ok {
			return nil, invalid("_filters must be an object of arrays.")
		}
		return jsonNodes(fields, 0)
	}
	return parseNodes(p.get("_filters"))
}

// jsonNodes converts `{"id":[12,13],"against":[{"company":[312]}]}` to nodes, sorted by name.
func jsonNodes(fields map[string]any, depth int) ([]node, error) {
	if depth > maxDepth {
		return nil, invalid("_filters is nested too deeply.")
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	nodes := make([]node, 0, len(names))
	for _, name := range names {
		values, ok := fields[name].([]any)
		if !ok {
			values = []any{fields[name]}
		}
		n := node{name: name, call: true}
		for _, value := range values {
			args, err := jsonArguments(name, value, depth)
			if err != nil {
				return nil, err
			}
			n.args = append(n.args, args...)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func jsonArguments(name string, value any, depth int) ([]node, error) {
	if inner, ok := value.(map[string]any); ok {
		return jsonNodes(inner, depth+1)
	}
	text, ok := scalar(value)
	switch {
	case !ok:
		return nil, invalid("The value of the filter %q is malformed.", name)
	case name == "search":
		return splitSearch(text), nil
	case text == "" && !isNumber(value):
		return nil, nil
	default:
		return []node{{name: text}}, nil
	}
}

func isNumber(value any) bool {
	_, ok := value.(json.Number)
	return ok
}

// parseNodes parses the grammar of `_fields` and `_filters`: comma-separated names with optional arguments in parentheses.
func parseNodes(text string) ([]node, error) {
	parser := nodeParser{text: text}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	nodes, err := parser.list(0)
	if err != nil {
		return nil, err
	}
	if parser.at < len(text) {
		return nil, invalid("Unbalanced parentheses in %q.", text)
	}
	return nodes, nil
}
