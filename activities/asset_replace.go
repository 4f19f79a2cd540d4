package activities

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// replacement is what a device without a link may stand for: a machine that was installed anew comes back under another id.
type replacement struct {
	// old are the linked devices of the same organization and serial number; NinjaOne listed none of them.
	old []store.SerialMatch
	// alike are the devices without a link that have the serial number, this one included.
	alike []int
}

func (r replacement) possible() bool { return len(r.old) > 0 }

// clear tells that exactly one device can have taken the place of exactly one other.
func (r replacement) clear() bool { return len(r.old) == 1 && len(r.alike) == 1 }

// replacements finds, for the devices without a link, linked ones of the same organization and serial number that NinjaOne no
// longer lists. Where one of the same number is still listed, the number tells no machine from another, and there is none.
func (a *Activities) replacements(
	ctx context.Context, connection, importID string, devices []rules.Device, links map[string]store.Link,
) (map[int]replacement, error) {
	alike := map[machineKey][]int{}
	for _, device := range devices {
		_, known := linked(links, strconv.Itoa(device.ID))
		if key := keyOfMachine(device.OrganizationID, device.Serial); !known && key.serial != "" {
			alike[key] = append(alike[key], device.ID)
		}
	}
	if len(alike) == 0 {
		return nil, nil
	}
	old, err := a.machines(ctx, connection, alike)
	if err != nil {
		return nil, err
	}
	listed, err := a.listed(ctx, importID, old)
	if err != nil {
		return nil, err
	}
	found := map[int]replacement{}
	for key, machines := range old {
		if anyListed(machines, listed) {
			continue
		}
		for _, id := range alike[key] {
			found[id] = replacement{old: machines, alike: alike[key]}
		}
	}
	return found, nil
}

// machineKey is what two installations of one machine share.
type machineKey struct {
	organization int
	serial       string
}

func keyOfMachine(organization int, serial string) machineKey {
	return machineKey{organization: organization, serial: rules.SerialKey(serial)}
}

func (a *Activities) machines(ctx context.Context, connection string, wanted map[machineKey][]int) (map[machineKey][]store.SerialMatch, error) {
	var organizations []int64
	var serials []string
	for key := range wanted {
		organizations, serials = append(organizations, int64(key.organization)), append(serials, key.serial)
	}
	machines, err := a.store.DevicesBySerial(ctx, connection, organizations, serials)
	found := map[machineKey][]store.SerialMatch{}
	for _, machine := range machines {
		key := keyOfMachine(machine.Link.OrganizationID, machine.Link.Facts.Serial)
		if len(wanted[key]) > 0 {
			found[key] = append(found[key], machine)
		}
	}
	return found, err
}

// listed are the ids of those devices that NinjaOne listed in this import.
func (a *Activities) listed(ctx context.Context, importID string, old map[machineKey][]store.SerialMatch) (map[string]bool, error) {
	var ids []string
	for _, machines := range old {
		for _, machine := range machines {
			ids = append(ids, machine.Link.NinjaID)
		}
	}
	listed := map[string]bool{}
	if len(ids) == 0 {
		return listed, nil
	}
	records, err := a.store.RecordsByID(ctx, importID, store.DeviceRecord, ids...)
	for _, record := range records {
		listed[record.ID] = true
	}
	return listed, err
}

func anyListed(machines []store.SerialMatch, listed map[string]bool) bool {
	for _, machine := range machines {
		if listed[machine.Link.NinjaID] {
			return true
		}
	}
	return false
}

// replacementOf is what a single device without a link may stand for, when nothing was listed.
func (a *Activities) replacementOf(ctx context.Context, connection string, device rules.Device) (replacement, error) {
	key := keyOfMachine(device.OrganizationID, device.Serial)
	if key.serial == "" {
		return replacement{}, nil
	}
	old, err := a.machines(ctx, connection, map[machineKey][]int{key: {device.ID}})
	return replacement{old: old[key], alike: []int{device.ID}}, err
}

// settleReplacement gives a device the link and the asset of the one whose place it took. Where it turns out to replace none, it
// is a device like any other, with whatever asset is free.
func (a *Activities) settleReplacement(
	ctx context.Context, c tenant.Connection, importID string, company store.Link, view deviceView,
) (deviceView, error) {
	var err error
	if view.link, err = a.adoptReplaced(ctx, c, importID, view); err != nil || view.link != nil {
		return view, err
	}
	view.replaces = replacement{}
	view.asset, err = a.findFreeAsset(ctx, c, company, view.device)
	return view, err
}

// adoptReplaced gives a device the link of the one whose place it took, after NinjaOne itself has said that this one is gone or
// decommissioned. Where nobody can know which one that is, the device is refused with the candidates. Nil means that it
// replaces none.
func (a *Activities) adoptReplaced(ctx context.Context, c tenant.Connection, importID string, view deviceView) (*store.Link, error) {
	for _, old := range view.replaces.old {
		if gone, err := HasLeft(ctx, c, old.Link.Key()); err != nil || !gone {
			return nil, err
		}
	}
	if !view.replaces.clear() {
		return nil, tenant.Refusef(tenant.Refused, "%s", ambiguousReplacement(c, view))
	}
	old := view.replaces.old[0]
	if old.Deleted { // its asset says so, and that is no longer the whole story
		note := accelo.Note{
			AgainstType: assetObject, AgainstID: accelo.ID(old.Link.AcceloID), Subject: fmt.Sprintf("In NinjaOne again: device %d", view.device.ID),
			Body: fmt.Sprintf("The machine with the serial number %s was installed anew: it was device %s of NinjaOne, and is device %d now.\n",
				view.device.Serial, old.Link.NinjaID, view.device.ID),
		}
		if err := a.noteOnce(ctx, c, fmt.Sprintf("device %s is now %d", old.Link.NinjaID, view.device.ID), note); err != nil {
			return nil, err
		}
	}
	link, err := a.store.ReplaceDevice(ctx, old.Link.Key(), view.device.ID, importID)
	if errors.Is(err, store.ErrNotFound) { // somebody else took it: the next attempt sees what is left
		return nil, &store.HeldError{Key: store.KeyOf(c.Name, store.Devices, view.device.ID)}
	}
	if err != nil {
		return nil, err
	}
	return &link, nil
}

// HasLeft tells whether NinjaOne no longer manages a device.
func HasLeft(ctx context.Context, c tenant.Connection, key store.Key) (bool, error) {
	id, err := strconv.Atoi(key.NinjaID)
	if err != nil {
		return false, fmt.Errorf("device id %q: %w", key.NinjaID, err)
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

func ambiguousReplacement(c tenant.Connection, view deviceView) string {
	word := c.Labels().Asset.Singular()
	var text strings.Builder
	fmt.Fprintf(&text, "device %d has the serial number %q of machines that have left, and nobody can know which of them it is: ",
		view.device.ID, view.device.Serial)
	for i, old := range view.replaces.old {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "device %s (%s %d)", old.Link.NinjaID, word, old.Link.AcceloID)
	}
	if len(view.replaces.alike) > 1 {
		fmt.Fprintf(&text, "; several new devices have that number: %v", view.replaces.alike)
	}
	fmt.Fprintf(&text, ". Give it its %s with `starter relink device %d ID`, or drop the old links with `starter links forget device ID`; "+
		"then it gets a new %s", word, view.device.ID, word)
	return text.String()
}
