package web

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
)

// selectionOf reads which records the form chooses. A form without choices, such as an old page's, imports everything.
func selectionOf(b press) (rules.Selection, error) {
	if !b.Form.Has("scope") {
		return rules.Selection{}, nil
	}
	selection := rules.Selection{Records: b.Form["records"]}
	if len(selection.Records) == 0 {
		return selection, &operate.InvalidError{Member: "records", Reason: "choose at least one of organizations, devices and active alerts"}
	}
	if b.Form.Get("scope") != "chosen" {
		return selection, nil
	}
	for _, text := range b.Form["organizations"] {
		id, err := strconv.Atoi(text)
		if err != nil {
			return selection, &operate.InvalidError{Member: "organizations", Reason: strconv.Quote(text) + " is not the ID of a NinjaOne organization"}
		}
		selection.Organizations = append(selection.Organizations, id)
	}
	if len(selection.Organizations) == 0 {
		return selection, &operate.InvalidError{Member: "organizations", Reason: "choose the organizations to import, or all organizations"}
	}
	return selection, nil
}

// chooseRequestType stores the request type that the form names, if the user has changed it. The other options stay as they are.
func (p *Pages) chooseRequestType(ctx context.Context, b press) error {
	const option = "request_type"
	title := strings.TrimSpace(b.Form.Get(option))
	if !b.Form.Has(option) || title == b.Form.Get("shown."+option) {
		return nil
	}
	before, err := p.operations.Options(ctx, b.Actor, b.Connection.Connection)
	if err != nil {
		return err
	}
	chosen := maps.Clone(before.Options)
	for _, name := range before.Defaults {
		delete(chosen, name)
	}
	chosen[option] = title
	_, err = p.operations.SetOptions(ctx, b.Actor, operate.SetOptions{Connection: b.Connection.Connection, Options: chosen, Before: &before})
	return err
}
