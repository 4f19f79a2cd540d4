package ninjaone

import "ninjaone-accelo/internal/simulator/lab"

func (s *Simulator) deviceActions() []lab.Action {
	id := lab.RequiredInt("id")
	onDevice := func(name, title string, do func(int) error) lab.Action {
		return lab.NewChange(groupDevices, name, title, []lab.Field{id}, func(in *lab.Input) error { return do(in.Int("id")) })
	}
	return []lab.Action{
		lab.NewAction(groupDevices, "devices", "Add a device", []lab.Field{
			lab.RequiredInt("organization_id"),
			lab.Optional("node_class", nodeClasses...),
			lab.Optional("system_name"),
			lab.Optional("display_name"),
			lab.Optional("serial_number"),
			lab.OptionalBool("pending"),
		}, s.addDevice),
		lab.NewChange(groupDevices, "devices/update", "Edit a device", []lab.Field{
			id,
			lab.Optional("system_name"),
			lab.Optional("display_name"),
			lab.Optional("dns_name"),
			lab.Optional("serial_number"),
			lab.Optional("bios_serial_number"),
			lab.OptionalInt("policy_id"),
			lab.OptionalBool("offline"),
			lab.Optional("custom_field"),
			lab.Optional("custom_value"),
		}, s.updateDevice),
		lab.NewChange(groupDevices, "devices/move", "Move a device", []lab.Field{id, lab.RequiredInt("organization_id")},
			func(in *lab.Input) error { return s.MoveDevice(in.Int("id"), in.Int("organization_id")) }),
		lab.NewChange(groupDevices, "devices/logon", "Log on a user", []lab.Field{id, {Name: "user", Placeholder: `DOMAIN\user`, Required: true}},
			func(in *lab.Input) error { return s.LogOnUser(in.Int("id"), in.Text("user")) }),
		lab.NewAction(groupDevices, "devices/reimage", "Reinstall a machine", []lab.Field{id, lab.OptionalBool("keep")},
			func(in *lab.Input) (any, error) {
				replacement, err := s.ReimageDevice(in.Int("id"), in.Bool("keep"))
				return map[string]int{"id": replacement}, err
			}).WithHelp("The machine gets a new device ID and keeps its serial number. The old device is deleted or, with keep, decommissioned."),
		onDevice("devices/approve", "Approve a device", s.ApproveDevice),
		onDevice("devices/pending", "Make a device pending", s.SetDevicePending),
		onDevice("devices/decommission", "Decommission a device", s.DecommissionDevice),
		onDevice("devices/delete", "Delete a device", s.DeleteDevice),
		lab.NewChange(groupDevices, "devices/contact", "Check in all devices", nil, func(*lab.Input) error { s.CheckInDevices(); return nil }).
			WithHelp("Sets the last contact and last update of every online device to now."),
	}
}

func (s *Simulator) addDevice(in *lab.Input) (any, error) {
	id, err := s.AddDevice(DeviceSpec{
		OrganizationID: in.Int("organization_id"), NodeClass: in.Text("node_class"), SystemName: in.Text("system_name"),
		DisplayName: in.Text("display_name"), SerialNumber: in.Text("serial_number"), Pending: in.Bool("pending"),
	})
	return map[string]int{"id": id}, err
}

// updateDevice changes the members in the input. An empty string clears the member.
func (s *Simulator) updateDevice(in *lab.Input) error {
	return s.UpdateDevice(in.Int("id"), func(d *Device) {
		for name, target := range map[string]*string{
			"system_name": &d.SystemName, "display_name": &d.DisplayName, "dns_name": &d.DNSName, "serial_number": &d.SerialNumber,
			"bios_serial_number": &d.BIOSSerialNumber,
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
