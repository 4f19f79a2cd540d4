package accelo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The groups of actions in the console.
const (
	groupCompanies  = "Companies and contacts"
	groupRequests   = "Requests"
	groupAssets     = "Assets"
	groupDeployment = "Deployment"
)

// actions are what a person can do in Accelo's own interface, as POST /_lab/{name}; doc.go lists them.
func (s *Simulator) actions() []lab.Action {
	var all []lab.Action
	all = append(all, s.companyActions()...)
	all = append(all, s.requestActions()...)
	all = append(all, s.assetActions()...)
	return append(all, s.deploymentActions()...)
}

// act makes an action of a function that is called once the input is complete.
func act(group, name, title, help string, fields []lab.Field, do func(in *lab.Input) (any, error)) lab.Action {
	return lab.Action{
		Name: name, Title: title, Help: help, Group: group, Fields: fields,
		Do: func(_ context.Context, in *lab.Input) (any, error) { return do(in) },
	}
}

// need and may are fields of an action's form.
func needs(name string, choices ...string) lab.Field {
	return lab.Field{Name: name, Label: name, Required: true, Choices: choices}
}

func may(name string, choices ...string) lab.Field {
	return lab.Field{Name: name, Label: name, Choices: choices}
}

// done is the answer of an action that makes nothing.
func done(in *lab.Input, do func() error) (any, error) {
	if err := in.Err(); err != nil {
		return nil, err
	}
	return nil, do()
}

// made is the answer of an action that makes something.
func made[T any](in *lab.Input, do func() (T, error)) (any, error) {
	if err := in.Err(); err != nil {
		return nil, err
	}
	return do()
}

func id(in *lab.Input, name string) int64 { return int64(in.Int(name)) }

// given is a text that may be left out.
func given(in *lab.Input, name string) *string {
	if !in.Has(name) {
		return nil
	}
	text := in.Text(name)
	return &text
}

var companyStandings = []string{"active", "inactive", "interested", "potential"}

func (s *Simulator) companyActions() []lab.Action {
	return []lab.Action{
		act(groupCompanies, "add-company", "Add a company", "", []lab.Field{needs("name"), may("standing", companyStandings...)},
			func(in *lab.Input) (any, error) {
				name, standing := in.Text("name"), in.Text("standing")
				return made(in, func() (Company, error) { return s.AddCompany(name, standing) })
			}),
		act(groupCompanies, "rename-company", "Rename a company", "", []lab.Field{needs("id"), needs("name")},
			func(in *lab.Input) (any, error) {
				company, name := id(in, "id"), in.Text("name")
				return done(in, func() error { return s.RenameCompany(company, name) })
			}),
		act(groupCompanies, "edit-company-comments", "Edit a company's comments", "", []lab.Field{needs("id"), may("comments")},
			func(in *lab.Input) (any, error) {
				company, comments := id(in, "id"), in.Text("comments")
				return done(in, func() error { return s.EditCompanyComments(company, comments) })
			}),
		act(groupCompanies, "set-company-standing", "Change a company's standing", "",
			[]lab.Field{needs("id"), needs("standing", companyStandings...)},
			func(in *lab.Input) (any, error) {
				company, standing := id(in, "id"), in.Text("standing")
				return done(in, func() error { return s.SetCompanyStanding(company, standing) })
			}),
		act(groupCompanies, "merge-companies", "Merge companies", "what the first has becomes the second's; the first is gone",
			[]lab.Field{needs("from"), needs("into")},
			func(in *lab.Input) (any, error) {
				from, into := id(in, "from"), id(in, "into")
				return done(in, func() error { return s.MergeCompanies(from, into) })
			}),
		act(groupCompanies, "delete-company", "Delete a company", "", []lab.Field{needs("id")},
			func(in *lab.Input) (any, error) {
				company := id(in, "id")
				return done(in, func() error { return s.DeleteCompany(company) })
			}),
		act(groupCompanies, "add-contact", "Add a contact", "",
			[]lab.Field{needs("company_id"), needs("firstname"), needs("surname"), may("email")},
			func(in *lab.Input) (any, error) {
				company, first, last, email := id(in, "company_id"), in.Text("firstname"), in.Text("surname"), in.Text("email")
				return made(in, func() (map[string]any, error) {
					contact, affiliation, err := s.AddContact(company, first, last, email)
					return map[string]any{"contact": contact, "affiliation": affiliation}, err
				})
			}),
		act(groupCompanies, "edit-contact", "Edit a contact", "what is left out stays",
			[]lab.Field{needs("id"), may("firstname"), may("surname"), may("email")},
			func(in *lab.Input) (any, error) {
				contact := id(in, "id")
				edit := ContactEdit{Firstname: given(in, "firstname"), Surname: given(in, "surname"), Email: given(in, "email")}
				return done(in, func() error { return s.EditContact(contact, edit) })
			}),
	}
}

func (s *Simulator) deploymentActions() []lab.Action {
	return []lab.Action{
		act(groupDeployment, "set-mode", "Change the mode", "how far the API goes beyond its documentation",
			[]lab.Field{needs("mode", string(ModeOpen), string(ModeNoExtensionKeys), string(ModeDocumented))},
			func(in *lab.Input) (any, error) {
				mode := Mode(in.Text("mode"))
				return done(in, func() error { return s.SetMode(mode) })
			}),
		{
			Name: "set-switches", Title: "Change switches", Group: groupDeployment,
			Help:   "settles what Accelo's documentation leaves open; what is left out stays",
			Fields: switchFields(),
			Do:     func(_ context.Context, in *lab.Input) (any, error) { return s.changeSwitches(in) },
		},
		act(groupDeployment, "set-user-titles", "Rename a type of object", "such as company to Client, Clients",
			[]lab.Field{needs("object", titledObjects()...), needs("singular"), needs("plural")},
			func(in *lab.Input) (any, error) {
				object, singular, plural := in.Text("object"), in.Text("singular"), in.Text("plural")
				return done(in, func() error { return s.SetUserTitles(object, singular, plural) })
			}),
		act(groupDeployment, "set-rate-limit", "Change the rate limit", "starts a new window",
			[]lab.Field{may("limit"), may("window_seconds")},
			func(in *lab.Input) (any, error) {
				limit, seconds := in.Int("limit"), in.Float("window_seconds")
				return made(in, func() (RateStatus, error) {
					s.SetRateLimit(limit, time.Duration(seconds*float64(time.Second)))
					return s.RateStatus(), nil
				})
			}),
		act(groupDeployment, "spend-calls", "Spend calls", "as other integrations of the deployment do", []lab.Field{needs("calls")},
			func(in *lab.Input) (any, error) {
				calls := in.Int("calls")
				return made(in, func() (RateStatus, error) {
					s.SpendCalls(calls)
					return s.RateStatus(), nil
				})
			}),
		act(groupDeployment, "revoke-tokens", "Revoke all tokens", "", nil,
			func(in *lab.Input) (any, error) {
				return made(in, func() (map[string]int, error) { return map[string]int{"revoked": s.RevokeTokens()}, nil })
			}),
		act(groupDeployment, "unlock", "End lock-outs", "", nil,
			func(in *lab.Input) (any, error) {
				return done(in, func() error { s.Unlock(); return nil })
			}),
		act(groupDeployment, "delete-subscription", "Delete a webhook subscription", "as Accelo does silently with a slow one",
			[]lab.Field{needs("id")},
			func(in *lab.Input) (any, error) {
				subscription := in.Text("id")
				return done(in, func() error { return s.DeleteSubscription(subscription) })
			}),
	}
}

// switchFields are the switches as fields of a form, by their JSON names.
func switchFields() []lab.Field {
	on := []string{"", "true", "false"}
	return []lab.Field{
		may("form_credentials", on...), may("unknown_deployment", on...), may("retry_after_on_429", on...),
		may("duplicate_names", on...), may("no_default_affiliation", on...), may("merge_answers_survivor", on...),
		may("claim_opens", on...), may("conversion_spelling", "", "plural", "title"), may("unconverted_value", "", "empty", "zero"),
		may("subscription_ok", on...), may("signature_prefix", on...), may("signature_sha256", on...),
		may("numeric_webhook_id", on...), may("delivery_timeouts"), may("stale_read_millis"),
	}
}

// changeSwitches changes the switches that are named and answers all of them.
func (s *Simulator) changeSwitches(in *lab.Input) (any, error) {
	patch := map[string]any{}
	for _, field := range switchFields() {
		if !in.Has(field.Name) {
			continue
		}
		switch {
		case len(field.Choices) == 0:
			patch[field.Name] = in.Int(field.Name)
		case field.Choices[1] == "true":
			patch[field.Name] = in.Bool(field.Name)
		case in.Text(field.Name) == "default":
			patch[field.Name] = ""
		default:
			patch[field.Name] = in.Text(field.Name)
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("encoding the switches: %w", err)
	}
	switches := s.Switches()
	if err := json.Unmarshal(encoded, &switches); err != nil {
		return nil, fmt.Errorf("reading the switches: %w", err)
	}
	return switches, s.SetSwitches(switches)
}
