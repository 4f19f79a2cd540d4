package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"ninjaone-accelo/internal/operate"
)

func (a *API) registerSetup() {
	const path = "/api/v1/connections/{name}"
	register(a, operation(http.MethodPost, "/api/v1/connections", "Create a connection", connectionsTag, http.StatusCreated), a.create)
	register(a, operation(http.MethodPatch, path, "Change credentials or options; secrets that are left out are kept", connectionsTag, 0), a.change)
	register(a, operation(http.MethodDelete, path, "Disconnect: remove webhooks, schedule and our rows, and nothing in either vendor beyond that",
		connectionsTag, 0), a.disconnect)
	register(a, operation(http.MethodPost, path+"/connect", "Check, provision and register again", connectionsTag, 0), a.connect)
	register(a, operation(http.MethodGet, path+"/options", "Show the options", connectionsTag, 0), a.options)
	register(a, operation(http.MethodPut, path+"/options", "Replace the options", connectionsTag, 0), a.setOptions)
}

// chosenOptions are options by name: texts, or numbers.
type chosenOptions map[string]any

// texts returns the options in the form of the environment.
func (c chosenOptions) texts() (map[string]string, error) {
	chosen := map[string]string{}
	for name, value := range c {
		switch value := value.(type) {
		case string:
			chosen[name] = value
		case float64, json.Number:
			chosen[name] = fmt.Sprint(value)
		case nil: // the default
			chosen[name] = ""
		default:
			return nil, &operate.InvalidError{Member: "options." + name, Reason: "options." + name + " is neither a text nor a number"}
		}
	}
	return chosen, nil
}

func (a *API) create(ctx context.Context, actor operate.Actor, in *struct {
	Body struct {
		Name     string                      `json:"name"`
		NinjaOne operate.NinjaOneCredentials `json:"ninjaone"`
		Accelo   operate.AcceloCredentials   `json:"accelo"`
		Options  chosenOptions               `json:"options,omitempty"`
	}
},
) (*response[operate.Report], error) {
	chosen, err := in.Body.Options.texts()
	if err != nil {
		return nil, err
	}
	report, err := a.operator.Create(ctx, actor, operate.NewConnection{
		Name: in.Body.Name, Credentials: operate.Credentials{NinjaOne: in.Body.NinjaOne, Accelo: in.Body.Accelo}, Options: chosen,
	})
	return respond(report), err
}

// accountChoices say what credentials of other accounts mean.
type accountChoices struct {
	NewPair  bool `json:"new_pair,omitempty" doc:"Move the connection to other accounts, and forget everything about the ones it has."`
	SamePair bool `json:"same_pair,omitempty" doc:"Vouch that they are the same accounts under another name or address."`
}

func (c accountChoices) check() error {
	if c.NewPair && c.SamePair {
		return &operate.InvalidError{Member: "new_pair", Reason: "new_pair can't be combined with same_pair"}
	}
	return nil
}

func (a *API) change(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	Body struct {
		NinjaOne operate.NinjaOneCredentials `json:"ninjaone,omitempty"`
		Accelo   operate.AcceloCredentials   `json:"accelo,omitempty"`
		Options  chosenOptions               `json:"options,omitempty"`
		accountChoices
	}
},
) (*response[operate.Report], error) {
	if err := in.Body.check(); err != nil {
		return nil, err
	}
	chosen, err := in.Body.Options.texts()
	if err != nil {
		return nil, err
	}
	report, err := a.operator.Change(ctx, actor, operate.Change{
		Connection: in.Name, Credentials: operate.Credentials{NinjaOne: in.Body.NinjaOne, Accelo: in.Body.Accelo}, Options: chosen,
		Choices: operate.Choices{NewPair: in.Body.NewPair, SamePair: in.Body.SamePair},
	})
	if err == nil && operate.Refused(report) {
		err = &operate.ConflictError{Reason: report.Todo[0]}
	}
	return respond(report), err
}

// disconnected says what a removed connection has left behind.
type disconnected struct {
	Connection string   `json:"connection"`
	Left       []string `json:"left" doc:"What could not be removed yet; it is tried again for a week."`
}

func (a *API) disconnect(ctx context.Context, actor operate.Actor, in *ConnectionPath) (*response[disconnected], error) {
	left, err := a.operator.Disconnect(ctx, actor, in.Name)
	return respond(disconnected{Connection: in.Name, Left: append([]string{}, left...)}), err
}

func (a *API) connect(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	Body *struct {
		RotateSecrets bool `json:"rotate_secrets,omitempty" doc:"Create new webhook secrets."`
	}
},
) (*response[operate.Report], error) {
	choices := operate.Choices{}
	if in.Body != nil {
		choices.RotateSecrets = in.Body.RotateSecrets
	}
	report, err := a.operator.Connect(ctx, actor, in.Name, choices)
	return respond(report), err
}

func (a *API) options(ctx context.Context, actor operate.Actor, in *ConnectionPath) (*response[operate.ConnectionOptions], error) {
	options, err := a.operator.Options(ctx, actor, in.Name)
	return respond(options), err
}

func (a *API) setOptions(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	Body struct {
		Options  chosenOptions `json:"options"`
		Defaults []string      `json:"defaults,omitempty" doc:"Options that keep their defaults, as GET names them."`
	}
},
) (*response[operate.ConnectionOptions], error) {
	chosen, err := in.Body.Options.texts()
	if err != nil {
		return nil, err
	}
	for _, name := range in.Body.Defaults {
		delete(chosen, name)
	}
	options, err := a.operator.SetOptions(ctx, actor, operate.SetOptions{Connection: in.Name, Options: chosen})
	return respond(options), err
}
