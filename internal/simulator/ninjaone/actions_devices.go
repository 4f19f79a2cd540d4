package ninjaone

import "ninjaone-accelo/internal/simulator/lab"

func (s *Simulator) deviceActions() []lab.Action {
	id := idField("id")
	simple := func(name, title string, do func(int) error) lab.Action {
		return changes(name, title, groupDevices, []lab.Field{id}, func(in *lab.Input) error { return do(in.Int("id")) })
	}
	return []lab.Action{
		does("devices", "Add a device", groupDevices, []lab.Field{
			idField("organization_id"),
			{Name: "node_class", Choices: nodeClasses},
			{Name: "system_name"},
			{Name: "display_name"},
			{Name: "serial_number"},
			yesNo("pending"),
		}, s.addDevice),
		changes("devices/update", "Change a device", groupDevices, []lab.Field{
			id,
			{Name: "system_name"},
			{Name: "display_name"},
			{Name: "dns_name"},
			{Name: "serial_number"},
			{Name: "policy_id", Type: lab.FieldInt},
			yesNo("offline"),
			{Name: "custom_field"},
			{Name: "custom_value"},
		}, s.updateDevice),
		changes("devices/move", "Move a device", groupDevices, []lab.Field{id, idField("organization_id")},
			func(in *lab.Input) error { return s.MoveDevice(in.Int("id"), in.Int("organization_id")) }),
		changes("devices/logon", "Log a user on", groupDevices, []lab.Field{id, {Name: "user", Placeholder: `DOMAIN\user`, Required: true}},
			func(in *lab.Input) error { return s.LogOnUser(in.Int("id"), in.Text("user")) }),
		explained("New device id, same serial number; keep leaves the old device decommissioned instead of deleting it.",
			does("devices/reimage", "Install anew", groupDevices, []lab.Field{id, yesNo("keep")}, func(in *lab.Input) (any, error) {
				fresh, err := s.ReimageDevice(in.Int("id"), in.Bool("keep"))
				return map[string]int{"id": fresh}, err
			})),
		simple("devices/approve", "Approve a device", s.Approve),
		simple("devices/pending", "Await approval", s.SetPending),
		simple("devices/decommission", "Decommission a device", s.Decommission),
		simple("devices/delete", "Delete a device", s.DeleteDevice),
		explained("Last contact and last update of every device that is online move to now.",
			changes("devices/contact", "Let all devices report", groupDevices, nil, func(*lab.Input) error { s.Contact(); return nil })),
	}
}

func (s *Simulator) addDevice(in *lab.Input) (any, error) {
	id, err := s.AddDevice(DeviceSpec{
		OrganizationID: in.Int("organization_id"), NodeClass: in.Text("node_class"), SystemName: in.Text("system_name"),
		DisplayName: in.Text("display_name"), SerialNumber: in.Text("serial_number"), Pending: in.Bool("pending"),
	})
	return map[string]int{"id": id}, err
}

// updateDevice changes the members that were sent; an empty text empties the member.
func (s *Simulator) updateDevice(in *lab.Input) error {
	return s.UpdateDevice(in.Int("id"), func(d *Device) {
		for name, target := range map[string]*string{
			"system_name": &d.SystemName, "display_name": &d.DisplayName, "dns_name": &d.DNSName, "serial_number": &d.SerialNumber,
		} {
			if in.Present(name) {
				*target = in.Text(name)
			}
		}
		if in.Present("policy_id") {
			d.PolicyID = in.Int("policy_id")
		}
		if in.Has("offline") {
			d.Offline = in.Bool("offline")
		}
		if in.Has("custom_field") {
			var value any
			if in.Has("custom_value") {
				value = in.Text("custom_value")
			}
			d.setCustomField(in.Text("custom_field"), value)
		}
	})
}
