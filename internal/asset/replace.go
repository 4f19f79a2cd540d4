package asset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Replacement says which devices a device without a link may have replaced: a reinstalled machine comes back under another ID.
type Replacement struct {
	// Old are the linked devices with the same organization and serial number. NinjaOne listed none of them.
	Old []store.SerialMatch
	// Alike are the devices without a link that have the serial number, this one included.
	Alike []int
}

// Possible reports whether the device may have replaced another one.
func (r Replacement) Possible() bool { return len(r.Old) > 0 }

// Unique reports whether exactly one device can have replaced exactly one other.
func (r Replacement) Unique() bool { return len(r.Old) == 1 && len(r.Alike) == 1 }

// Replacements finds what the devices without a link may have replaced: linked devices with the same organization and serial
// number that NinjaOne no longer lists. If one of them is still listed, the number does not identify a machine and none counts.
func (s *Service) Replacements(
	ctx context.Context, connection, importID string, devices []rules.Device, links map[string]store.Link,
) (map[int]Replacement, error) {
	alike := map[machineKey][]int{}
	for _, device := range devices {
		linked := links[strconv.Itoa(device.ID)].State == store.Linked
		if key := keyOf(device.OrganizationID, device.Serial); !linked && key.serial != "" {
			alike[key] = append(alike[key], device.ID)
		}
	}
	if len(alike) == 0 {
		return nil, nil
	}
	old, err := s.matches(ctx, connection, alike)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(ctx, importID, old)
	if err != nil {
		return nil, err
	}
	found := map[int]Replacement{}
	for key, matches := range old {
		if slices.ContainsFunc(matches, func(match store.SerialMatch) bool { return listed[match.Link.NinjaID] }) {
			continue
		}
		for _, id := range alike[key] {
			found[id] = Replacement{Old: matches, Alike: alike[key]}
		}
	}
	return found, nil
}

// ReplacementOf finds what a single device without a link may have replaced, outside an import.
func (s *Service) ReplacementOf(ctx context.Context, connection string, device rules.Device) (Replacement, error) {
	key := keyOf(device.OrganizationID, device.Serial)
	if key.serial == "" {
		return Replacement{}, nil
	}
	old, err := s.matches(ctx, connection, map[machineKey][]int{key: {device.ID}})
	return Replacement{Old: old[key], Alike: []int{device.ID}}, err
}

// machineKey is what two installations of one machine share.
type machineKey struct {
	organization int
	serial       string
}

func keyOf(organization int, serial string) machineKey {
	return machineKey{organization: organization, serial: rules.SerialKey(serial)}
}

// matches returns the linked devices that have one of the wanted keys.
func (s *Service) matches(ctx context.Context, connection string, wanted map[machineKey][]int) (map[machineKey][]store.SerialMatch, error) {
	organizations := make([]int64, 0, len(wanted))
	for key := range wanted {
		organizations = append(organizations, int64(key.organization))
	}
	matches, err := s.store.DevicesWithSerial(ctx, connection, organizations, func(organization int, serial string) bool {
		return len(wanted[keyOf(organization, serial)]) > 0
	})
	found := map[machineKey][]store.SerialMatch{}
	for _, match := range matches {
		key := keyOf(match.Link.OrganizationID, match.Link.Facts.Serial)
		found[key] = append(found[key], match)
	}
	return found, err
}

// listed returns the IDs of those devices that NinjaOne listed in this import.
func (s *Service) listed(ctx context.Context, importID string, old map[machineKey][]store.SerialMatch) (map[string]bool, error) {
	var ids []string
	for _, matches := range old {
		for _, match := range matches {
			ids = append(ids, match.Link.NinjaID)
		}
	}
	listed := map[string]bool{}
	if len(ids) == 0 {
		return listed, nil
	}
	records, err := s.store.RecordsByID(ctx, importID, store.DeviceRecord, ids...)
	for _, record := range records {
		listed[record.ID] = true
	}
	return listed, err
}

// settleReplacement gives a device the link of the device it replaced. If it replaced none, it is treated like any other device.
func (s *Service) settleReplacement(ctx context.Context, c tenant.Connection, importID string, state State) (State, error) {
	var err error
	if state.Link, err = s.adoptReplaced(ctx, c, importID, state); err != nil || state.Link != nil {
		return state, err
	}
	// The asset that was compared is the old device's; the listing was not searched for another one.
	state.Replaces, state.Asset, state.Evidence = Replacement{}, nil, nil
	return state, nil
}

// adoptReplaced gives a device the link of the device it replaced, once NinjaOne itself confirms that the old device was deleted
// or decommissioned. It returns nil if the device replaced none, and a Refusal with the candidates if that is ambiguous.
func (s *Service) adoptReplaced(ctx context.Context, c tenant.Connection, importID string, state State) (*store.Link, error) {
	for _, old := range state.Replaces.Old {
		if left, err := HasLeft(ctx, c, old.Link.Key()); err != nil || !left {
			return nil, err
		}
	}
	if !state.Replaces.Unique() {
		return nil, tenant.Refusef(tenant.Refused, "%s", Ambiguity(c, state))
	}
	old, device := state.Replaces.Old[0], state.Device
	if old.Deleted { // a note on its asset says that the device was removed, which is no longer true
		back := accelo.Note{
			AgainstType: note.Asset, AgainstID: accelo.ID(old.Link.AcceloID), Subject: fmt.Sprintf("Back in NinjaOne as device %d", device.ID),
			Body: fmt.Sprintf("The machine with serial number %s was reinstalled; NinjaOne now lists it as device %d (previously %s).\n",
				device.Serial, device.ID, old.Link.NinjaID),
		}
		key := fmt.Sprintf("device %s is now %d", old.Link.NinjaID, device.ID) // stored: never change it
		if err := note.Once(ctx, s.store, c, key, back); err != nil {
			return nil, err
		}
	}
	link, err := s.store.ReplaceDevice(ctx, old.Link.Key(), device.ID, importID)
	if errors.Is(err, store.ErrNotFound) { // another device took the link: the next attempt sees what is left
		return nil, &store.HeldError{Key: store.KeyOf(c.Name, store.Devices, device.ID)}
	}
	if err != nil {
		return nil, err
	}
	return &link, nil
}

// HasLeft reports whether NinjaOne no longer manages a device.
func HasLeft(ctx context.Context, c tenant.Connection, key store.Key) (bool, error) {
	id, err := strconv.Atoi(key.NinjaID)
	if err != nil {
		return false, fmt.Errorf("device ID %q: %w", key.NinjaID, err)
	}
	device, err := c.NinjaOne.Device(ctx, id)
	switch {
	case ninjaone.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look for device %d: %w", id, err)
	}
	return device.ApprovalStatus == "DECOMMISSIONED", nil
}

// Ambiguity says which devices a device may have replaced, if that is not unique, and what a user can do.
func Ambiguity(c tenant.Connection, state State) string {
	label, device := c.Labels().Asset.Singular(), state.Device
	old := make([]string, len(state.Replaces.Old))
	for i, match := range state.Replaces.Old {
		old[i] = fmt.Sprintf("device %s (%s %d)", match.Link.NinjaID, label, match.Link.AcceloID)
	}
	several := ""
	if alike := state.Replaces.Alike; len(alike) > 1 {
		several = fmt.Sprintf(" Several new devices have this serial number: %v.", alike)
	}
	return fmt.Sprintf("Device %d has serial number %q, and so have these removed machines: %s.%s Choose its %s with `%s`, "+
		"or drop the old links with `%s` to create a new %s", device.ID, device.Serial, strings.Join(old, ", "), several, label,
		c.Command("relink device %d ID", device.ID), c.Command("links forget device ID"), label)
}
