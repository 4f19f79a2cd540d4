package ninjaone

import (
	"context"

	"ninjaone-accelo/internal/simulator/lab"
)

// The console's groups of actions.
const (
	groupAlerts        = "Alerts"
	groupOrganizations = "Organizations"
	groupDevices       = "Devices"
	groupTenant        = "Tenant"
)

// maxStorm bounds a storm asked for over HTTP.
const maxStorm = 100_000

// actions are what people and the world do, for POST /_lab/{action} and the console.
func (s *Simulator) actions() []lab.Action {
	all := s.alertActions()
	all = append(all, s.organizationActions()...)
	all = append(all, s.deviceActions()...)
	return append(all, s.tenantActions()...)
}

// does is an action that answers with what do returns. Its input was checked against the fields.
func does(name, title, group string, fields []lab.Field, do func(in *lab.Input) (any, error)) lab.Action {
	return lab.Action{
		Name: name, Title: title, Group: group, Fields: fields,
		Do: func(_ context.Context, in *lab.Input) (any, error) {
			answer, err := do(in)
			if err != nil {
				return nil, err
			}
			return answer, in.Err()
		},
	}
}

// changes is an action that answers {}.
func changes(name, title, group string, fields []lab.Field, do func(in *lab.Input) error) lab.Action {
	return does(name, title, group, fields, func(in *lab.Input) (any, error) { return nil, do(in) })
}

// explained adds a line for people.
func explained(help string, action lab.Action) lab.Action {
	action.Help = help
	return action
}

func idField(name string) lab.Field { return lab.Field{Name: name, Required: true, Type: lab.FieldInt} }

func yesNo(name string) lab.Field {
	return lab.Field{Name: name, Choices: []string{"true", "false"}, Type: lab.FieldBool}
}

func (s *Simulator) alertActions() []lab.Action {
	spec := []lab.Field{
		{Name: "severity", Choices: severities},
		{Name: "priority", Choices: priorities},
		{Name: "message", Placeholder: "made up"},
		{Name: "subject"},
		{Name: "source_config_uid", Placeholder: "the condition; a known one recurs"},
		{Name: "source_type"},
	}
	storm := append([]lab.Field{
		idField("count"),
		{Name: "organizations", Placeholder: "how many; all when empty", Type: lab.FieldInt},
		{Name: "organization_ids", Placeholder: "or which: 2,5", Type: lab.FieldInts},
	}, spec...)
	return []lab.Action{
		explained("A condition fires on a device.", does("trigger", "Trigger an alert", groupAlerts, append([]lab.Field{idField("device_id")}, spec...),
			func(in *lab.Input) (any, error) { return s.TriggerAlert(in.Int("device_id"), alertSpec(in)) })),
		explained("The condition clears by itself, or with user_id a technician resets it.", does("reset", "Reset an alert", groupAlerts,
			[]lab.Field{{Name: "uid", Required: true}, {Name: "user_id", Type: lab.FieldInt}},
			func(in *lab.Input) (any, error) {
				id, err := s.ResetAlertBy(in.Text("uid"), in.Int("user_id"))
				return map[string]any{"uid": in.Text("uid"), "activity_id": id}, err
			})),
		explained("Many alerts at once, spread over the devices of organizations.", does("storm", "Storm", groupAlerts, storm,
			func(in *lab.Input) (any, error) {
				count := max(0, min(in.Int("count"), maxStorm))
				triggered, err := s.Storm(in.Ints("organization_ids"), in.Int("organizations"), count, alertSpec(in))
				return map[string]any{"alerts": triggered}, err
			})),
	}
}

func alertSpec(in *lab.Input) AlertSpec {
	return AlertSpec{
		Severity: in.Text("severity"), Priority: in.Text("priority"), SourceConfigUID: in.Text("source_config_uid"),
		Subject: in.Text("subject"), Message: in.Text("message"), SourceType: in.Text("source_type"),
	}
}

func (s *Simulator) organizationActions() []lab.Action {
	id := idField("id")
	enabled := yesNo("enabled")
	enabled.Required = true
	targets := lab.Field{Name: "targets", Placeholder: "node classes, with commas", Type: lab.FieldList}
	return []lab.Action{
		does("organizations", "Add an organization", groupOrganizations, []lab.Field{{Name: "name"}, {Name: "description"}},
			func(in *lab.Input) (any, error) {
				return map[string]int{"id": s.AddOrganization(in.Text("name"), in.Text("description"))}, nil
			}),
		changes("organizations/rename", "Rename an organization", groupOrganizations, []lab.Field{id, {Name: "name"}},
			func(in *lab.Input) error { return s.RenameOrganization(in.Int("id"), in.Text("name")) }),
		changes("organizations/describe", "Describe an organization", groupOrganizations, []lab.Field{id, {Name: "description"}},
			func(in *lab.Input) error {
				text := in.Text("description")
				return s.UpdateOrganization(in.Int("id"), func(o *Organization) { o.Description = text })
			}),
		changes("organizations/teamviewer", "Switch TeamViewer", groupOrganizations, []lab.Field{id, enabled, targets},
			func(in *lab.Input) error {
				return s.ToggleTeamViewer(in.Int("id"), in.Bool("enabled"), in.Texts("targets")...)
			}),
		changes("organizations/delete", "Delete an organization", groupOrganizations, []lab.Field{id},
			func(in *lab.Input) error { return s.DeleteOrganization(in.Int("id")) }),
	}
}

func (s *Simulator) tenantActions() []lab.Action {
	var fields []lab.Field
	for _, name := range []string{
		"alerts_without_severity", "newer_than_oldest_first", "forbid_webhook", "webhook_without_device",
		"no_key_on_v2", "no_legacy_limit",
	} {
		fields = append(fields, yesNo(name))
	}
	for _, name := range []string{"page_cap", "webhook_attempts", "webhook_disable_after"} {
		fields = append(fields, lab.Field{Name: name, Placeholder: "0", Type: lab.FieldInt})
	}
	return []lab.Action{
		changes("tokens/revoke", "Revoke all tokens", groupTenant, nil, func(*lab.Input) error { s.RevokeTokens(); return nil }),
		changes("webhook", "Register another webhook", groupTenant, []lab.Field{{Name: "url", Required: true}},
			func(in *lab.Input) error { return s.SetWebhook(&Webhook{URL: in.Text("url")}) }),
		changes("webhook/remove", "Remove the webhook", groupTenant, nil, func(*lab.Input) error { return s.SetWebhook(nil) }),
		explained("What is left empty stays as it is.", does("switches", "Change switches", groupTenant, fields, s.changeSwitches)),
	}
}

// changeSwitches changes the switches that were sent and answers with all of them.
func (s *Simulator) changeSwitches(in *lab.Input) (any, error) {
	changed := s.Switches()
	for name, target := range map[string]*bool{
		"alerts_without_severity": &changed.AlertsWithoutSeverity, "newer_than_oldest_first": &changed.NewerThanOldestFirst,
		"forbid_webhook": &changed.ForbidWebhook, "webhook_without_device": &changed.WebhookWithoutDevice,
		"no_key_on_v2": &changed.NoKeyOnV2, "no_legacy_limit": &changed.NoLegacyLimit,
	} {
		if in.Has(name) {
			*target = in.Bool(name)
		}
	}
	for name, target := range map[string]*int{
		"page_cap": &changed.PageCap, "webhook_attempts": &changed.WebhookAttempts, "webhook_disable_after": &changed.WebhookDisableAfter,
	} {
		if in.Has(name) {
			*target = in.Int(name)
		}
	}
	s.SetSwitches(changed)
	return changed, nil
}
