package ninjaone

import (
	"slices"

	"ninjaone-accelo/internal/simulator/lab"
)

// AddOrganization adds an organization with one location and returns its ID.
func (s *Simulator) AddOrganization(name, description string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world
	w.lastOrganizationID++
	w.lastLocationID++
	w.organizations = append(w.organizations, &Organization{
		ID: w.lastOrganizationID, Name: name, Description: description, NodeApprovalMode: "AUTOMATIC", RolePolicies: w.rolePolicies(),
		Locations: []Location{{ID: w.lastLocationID, Name: "Main Office"}},
	})
	s.append(Activity{OrganizationID: w.lastOrganizationID, Type: "SYSTEM", StatusCode: "CLIENT_CREATED", Message: "Organization created"})
	return w.lastOrganizationID
}

// UpdateOrganization changes an organization; its ID can't be changed. It fails if the organization does not exist.
func (s *Simulator) UpdateOrganization(id int, change func(*Organization)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	organization := s.world.organization(id)
	if organization == nil {
		return lab.NotFound("organization", id)
	}
	change(organization)
	organization.ID = id
	s.append(Activity{OrganizationID: id, Type: "SYSTEM", StatusCode: "CLIENT_UPDATED", Message: "Organization updated"})
	return nil
}

// RenameOrganization changes the name of an organization.
func (s *Simulator) RenameOrganization(id int, name string) error {
	return s.UpdateOrganization(id, func(o *Organization) { o.Name = name })
}

// SetTeamViewer switches an organization's TeamViewer integration on or off. Targets are node classes; without any, the
// common ones are used.
func (s *Simulator) SetTeamViewer(id int, enabled bool, targets ...string) error {
	return s.UpdateOrganization(id, func(o *Organization) {
		o.TeamViewer, o.TeamViewerTargets = enabled, slices.Clone(targets)
		if enabled && len(targets) == 0 {
			o.TeamViewerTargets = teamViewerTargets()
		}
	})
}

// DeleteOrganization deletes an organization together with its devices and their alerts.
func (s *Simulator) DeleteOrganization(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.organization(id) == nil {
		return lab.NotFound("organization", id)
	}
	for _, device := range slices.Clone(s.world.devices) {
		if device.OrganizationID == id {
			s.deleteDevice(device)
		}
	}
	s.world.organizations = slices.DeleteFunc(s.world.organizations, func(o *Organization) bool { return o.ID == id })
	s.append(Activity{OrganizationID: id, Type: "SYSTEM", StatusCode: "CLIENT_DELETED", Message: "Organization deleted"})
	return nil
}
