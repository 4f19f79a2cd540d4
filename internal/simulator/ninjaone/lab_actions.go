package ninjaone

import "ninjaone-accelo/internal/simulator/lab"

// The console's groups of actions.
const (
	groupAlerts        = "Alerts"
	groupOrganizations = "Organizations"
	groupDevices       = "Devices"
	groupTenant        = "Tenant"
)

// maxStorm is the largest alert storm that can be triggered over HTTP.
const maxStorm = 100_000

// actions returns the actions of the console and of POST /_lab/{action}.
func (s *Simulator) actions() []lab.Action {
	all := s.alertActions()
	all = append(all, s.organizationActions()...)
	all = append(all, s.deviceActions()...)
	all = append(all, s.signInActions()...)
	return append(all, s.tenantActions()...)
}

func (s *Simulator) alertActions() []lab.Action {
	spec := []lab.Field{
		lab.Optional("severity", severities...),
		lab.Optional("priority", priorities...),
		{Name: "message", Placeholder: "generated if empty"},
		lab.Optional("subject"),
		{Name: "source_config_uid", Placeholder: "UID of the policy condition"},
		lab.Optional("source_type"),
	}
	storm := append([]lab.Field{
		lab.RequiredInt("count"),
		{Name: "organizations", Placeholder: "number of organizations; all if empty", Type: lab.FieldInt},
		{Name: "organization_ids", Placeholder: "or their IDs, such as 2,5", Type: lab.FieldInts},
	}, spec...)
	return []lab.Action{
		lab.NewAction(groupAlerts, "trigger", "Trigger an alert", append([]lab.Field{lab.RequiredInt("device_id")}, spec...),
			func(in *lab.Input) (any, error) { return s.TriggerAlert(in.Int("device_id"), alertSpec(in)) }).
			WithHelp("A condition triggers an alert on a device."),
		lab.NewAction(groupAlerts, "reset", "Reset an alert", []lab.Field{lab.Required("uid"), lab.OptionalInt("user_id")},
			func(in *lab.Input) (any, error) {
				id, err := s.ResetAlertBy(in.Text("uid"), in.Int("user_id"))
				return map[string]any{"uid": in.Text("uid"), "activity_id": id}, err
			}).WithHelp("The condition clears or, with user_id, a technician resets the alert."),
		lab.NewChange(groupAlerts, "vanish", "Let an alert vanish", []lab.Field{lab.Required("uid")},
			func(in *lab.Input) error { return s.VanishAlert(in.Text("uid")) }).
			WithHelp("The alert ends without an activity, as when its condition is removed from the policy."),
		lab.NewAction(groupAlerts, "storm", "Trigger an alert storm", storm,
			func(in *lab.Input) (any, error) {
				count := max(0, min(in.Int("count"), maxStorm))
				triggered, err := s.TriggerStorm(in.Ints("organization_ids"), in.Int("organizations"), count, alertSpec(in))
				return map[string]any{"alerts": triggered}, err
			}).WithHelp("Many alerts at once, spread over the devices of several organizations."),
	}
}

func alertSpec(in *lab.Input) AlertSpec {
	return AlertSpec{
		Severity: in.Text("severity"), Priority: in.Text("priority"), SourceConfigUID: in.Text("source_config_uid"),
		Subject: in.Text("subject"), Message: in.Text("message"), SourceType: in.Text("source_type"),
	}
}

func (s *Simulator) organizationActions() []lab.Action {
	id := lab.RequiredInt("id")
	enabled := lab.OptionalBool("enabled")
	enabled.Required = true
	targets := lab.Field{Name: "targets", Placeholder: "node classes, separated by commas", Type: lab.FieldList}
	return []lab.Action{
		lab.NewAction(groupOrganizations, "organizations", "Add an organization", []lab.Field{lab.Optional("name"), lab.Optional("description")},
			func(in *lab.Input) (any, error) {
				return map[string]int{"id": s.AddOrganization(in.Text("name"), in.Text("description"))}, nil
			}),
		lab.NewChange(groupOrganizations, "organizations/rename", "Rename an organization", []lab.Field{id, lab.Optional("name")},
			func(in *lab.Input) error { return s.RenameOrganization(in.Int("id"), in.Text("name")) }),
		lab.NewChange(groupOrganizations, "organizations/describe", "Edit an organization's description", []lab.Field{id, lab.Optional("description")},
			func(in *lab.Input) error {
				text := in.Text("description")
				return s.UpdateOrganization(in.Int("id"), func(o *Organization) { o.Description = text })
			}),
		lab.NewChange(groupOrganizations, "organizations/teamviewer", "Turn TeamViewer on or off", []lab.Field{id, enabled, targets},
			func(in *lab.Input) error {
				return s.SetTeamViewer(in.Int("id"), in.Bool("enabled"), in.Texts("targets")...)
			}),
		lab.NewChange(groupOrganizations, "organizations/delete", "Delete an organization", []lab.Field{id},
			func(in *lab.Input) error { return s.DeleteOrganization(in.Int("id")) }),
	}
}

func (s *Simulator) tenantActions() []lab.Action {
	var fields []lab.Field
	for _, name := range []string{
		"alerts_without_severity", "newer_than_oldest_first", "forbid_webhook", "webhook_without_device",
		"log_without_severity", "webhook_without_severity", "no_key_on_v2", "no_legacy_limit", "tolerate_offline_access",
		"wrong_redirect_404", "authorize_errors_return", "keep_refresh_token", "sliding_refresh", "refresh_invalid_token",
	} {
		fields = append(fields, lab.OptionalBool(name))
	}
	for _, name := range []string{"page_cap", "webhook_attempts", "webhook_disable_after"} {
		fields = append(fields, lab.OptionalInt(name))
	}
	fields = append(fields, lab.Optional("single_records_omit"))
	return []lab.Action{
		lab.NewChange(groupTenant, "webhook", "Replace the webhook", []lab.Field{lab.Required("url")},
			func(in *lab.Input) error { return s.SetWebhook(&Webhook{URL: in.Text("url")}) }).
			WithHelp("Another tool replaces the registered webhook."),
		lab.NewChange(groupTenant, "webhook/remove", "Remove the webhook", nil, func(*lab.Input) error { return s.SetWebhook(nil) }),
		lab.NewAction(groupTenant, "switches", "Change the switches", fields, s.changeSwitches).
			WithHelp("How the API behaves where NinjaOne's documentation is silent. Empty fields stay unchanged."),
	}
}

// changeSwitches changes the switches in the input and returns all of them.
func (s *Simulator) changeSwitches(in *lab.Input) (any, error) {
	changed := s.Switches()
	for name, target := range map[string]*bool{
		"alerts_without_severity": &changed.AlertsWithoutSeverity, "newer_than_oldest_first": &changed.NewerThanOldestFirst,
		"forbid_webhook": &changed.ForbidWebhook, "webhook_without_device": &changed.WebhookWithoutDevice,
		"log_without_severity": &changed.LogWithoutSeverity, "webhook_without_severity": &changed.WebhookWithoutSeverity,
		"no_key_on_v2": &changed.NoKeyOnV2, "no_legacy_limit": &changed.NoLegacyLimit,
		"tolerate_offline_access": &changed.TolerateOfflineAccess, "wrong_redirect_404": &changed.WrongRedirect404,
		"authorize_errors_return": &changed.AuthorizeErrorsReturn, "keep_refresh_token": &changed.KeepRefreshToken,
		"sliding_refresh": &changed.SlidingRefresh, "refresh_invalid_token": &changed.RefreshInvalidToken,
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
	if in.Present("single_records_omit") {
		changed.SingleRecordsOmit = in.Text("single_records_omit")
	}
	s.SetSwitches(changed)
	return changed, nil
}
