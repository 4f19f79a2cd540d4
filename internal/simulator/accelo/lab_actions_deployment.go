package accelo

import (
	"encoding/json"
	"fmt"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

func (s *Simulator) deploymentActions() []lab.Action {
	return []lab.Action{
		lab.NewChange(groupDeployment, "set-mode", "Change the mode",
			[]lab.Field{lab.Required("mode", string(ModeOpen), string(ModeNoExtensionKeys), string(ModeDocumented))},
			func(in *lab.Input) error { return s.SetMode(Mode(in.Text("mode"))) }).
			WithHelp("Which undocumented calls the API accepts."),
		lab.NewAction(groupDeployment, "set-switches", "Change the switches", switchFields(), s.changeSwitches).
			WithHelp("How the API behaves where Accelo's documentation is silent. Empty fields stay unchanged."),
		lab.NewChange(groupDeployment, "set-user-titles", "Rename a type of object",
			[]lab.Field{lab.Required("object", titledObjects()...), lab.Required("singular"), lab.Required("plural")},
			func(in *lab.Input) error {
				return s.SetUserTitles(in.Text("object"), in.Text("singular"), in.Text("plural"))
			}).WithHelp("For example, company to Client and Clients."),
		lab.NewAction(groupDeployment, "set-rate-limit", "Change the rate limit",
			[]lab.Field{lab.OptionalInt("limit"), {Name: "window_seconds", Type: lab.FieldFloat}},
			func(in *lab.Input) (any, error) {
				s.SetRateLimit(in.Int("limit"), time.Duration(in.Float("window_seconds")*float64(time.Second)))
				return s.RateStatus(), nil
			}).WithHelp("Starts a new window. Empty fields stay unchanged."),
		lab.NewAction(groupDeployment, "spend-calls", "Use up API calls", []lab.Field{lab.RequiredInt("calls")},
			func(in *lab.Input) (any, error) {
				s.SpendCalls(in.Int("calls"))
				return s.RateStatus(), nil
			}).WithHelp("As other integrations of the deployment do."),
		lab.NewChange(groupDeployment, "unlock", "Clear lock-outs", nil, func(*lab.Input) error { s.ClearLockouts(); return nil }),
		lab.NewChange(groupDeployment, "delete-subscription", "Delete a webhook subscription", []lab.Field{lab.Required("id")},
			func(in *lab.Input) error { return s.DeleteSubscription(in.Text("id")) }).
			WithHelp("As Accelo silently does if the subscriber is too slow."),
	}
}

// switchFields returns the switches as fields of a form, by their JSON names.
func switchFields() []lab.Field {
	return []lab.Field{
		lab.OptionalBool("form_credentials"), lab.OptionalBool("refresh_outlives_access"), lab.OptionalBool("keep_refresh_token"),
		lab.OptionalBool("misspelled_expires_in"), lab.OptionalBool("denial_without_state"), lab.OptionalBool("foreign_app_unknown"),
		lab.OptionalBool("unknown_deployment"), lab.OptionalBool("retry_after_on_429"),
		lab.OptionalBool("duplicate_names"), lab.OptionalBool("no_default_affiliation"), lab.OptionalBool("merge_answers_survivor"),
		lab.OptionalBool("claim_opens"), lab.Optional("conversion_spelling", "default", "plural", "title"),
		lab.Optional("unconverted_value", "default", "empty", "zero"), lab.OptionalBool("subscription_ok"),
		lab.OptionalBool("signature_prefix"), lab.OptionalBool("signature_sha256"), lab.OptionalBool("numeric_webhook_id"),
		lab.OptionalInt("delivery_timeouts"), lab.OptionalInt("stale_read_millis"),
		lab.OptionalBool("store_trimmed"), lab.OptionalBool("store_composed"), lab.OptionalBool("store_without_tags"),
		lab.OptionalBool("store_three_bytes"), lab.OptionalInt("store_cut"), lab.OptionalBool("store_line_end"),
		lab.OptionalBool("store_normalized_links"), lab.OptionalBool("read_entities"), lab.OptionalBool("read_dates_as_text"),
		lab.Optional("write_replies", "default", "sent", "nothing"),
	}
}

// changeSwitches changes the switches in the input and returns all of them.
func (s *Simulator) changeSwitches(in *lab.Input) (any, error) {
	changes := map[string]any{}
	for _, field := range switchFields() {
		switch {
		case !in.Has(field.Name):
		case field.Type == lab.FieldInt:
			changes[field.Name] = in.Int(field.Name)
		case field.Type == lab.FieldBool:
			changes[field.Name] = in.Bool(field.Name)
		case in.Text(field.Name) == "default":
			changes[field.Name] = ""
		default:
			changes[field.Name] = in.Text(field.Name)
		}
	}
	encoded, err := json.Marshal(changes)
	if err != nil {
		return nil, fmt.Errorf("encoding the switches: %w", err)
	}
	switches := s.Switches()
	if err := json.Unmarshal(encoded, &switches); err != nil {
		return nil, fmt.Errorf("decoding the switches: %w", err)
	}
	return switches, s.SetSwitches(switches)
}
