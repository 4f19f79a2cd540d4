package ninjaone

import "net/http"

// getOrganizations lists organizations (ninjaone.md 3).
func (s *Simulator) getOrganizations(render func(*Organization) organizationJSON) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, ok := s.window(w, r)
		if !ok {
			return
		}
		s.mu.RLock()
		rows := page(s.world.organizations, asked, organizationID, func(*Organization) bool { return true }, render)
		s.mu.RUnlock()
		reply(w, r, tampered(s, r, rows))
	}
}

// getOrganization returns one organization with its details.
func (s *Simulator) getOrganization(w http.ResponseWriter, r *http.Request) {
	withOrganization(s, w, r, func(o *Organization) any { return s.omitting(detailedOrganization(o)) })
}

// getOrganizationLocations lists the locations of an organization, without paging.
func (s *Simulator) getOrganizationLocations(w http.ResponseWriter, r *http.Request) {
	withOrganization(s, w, r, func(o *Organization) []locationJSON {
		rows := []locationJSON{}
		for _, location := range o.Locations {
			rows = append(rows, plainLocation(location))
		}
		return rows
	})
}

// getEndUsers lists the end users of an organization, of which there are none.
func (s *Simulator) getEndUsers(w http.ResponseWriter, r *http.Request) {
	withOrganization(s, w, r, func(*Organization) []string { return []string{} })
}

// getOrganizationDevices lists the approved devices of an organization.
func (s *Simulator) getOrganizationDevices(w http.ResponseWriter, r *http.Request) {
	asked, ok := s.window(w, r)
	if !ok {
		return
	}
	if id, ok := pathID(w, r); ok {
		s.mu.RLock()
		known := s.world.organization(id) != nil
		rows := page(s.world.devices, asked, deviceID,
			func(d *Device) bool { return d.OrganizationID == id && d.ApprovalStatus == approved },
			func(d *Device) nodeJSON[seconds] { return node(&s.world, d, restTime) })
		s.mu.RUnlock()
		if !known {
			notFound(w, r, "Organization")
			return
		}
		reply(w, r, tampered(s, r, rows))
	}
}

// getLocations lists the locations of all organizations.
func (s *Simulator) getLocations(w http.ResponseWriter, r *http.Request) {
	asked, ok := s.window(w, r)
	if !ok {
		return
	}
	s.mu.RLock()
	var all []*locationJSON
	for _, organization := range s.world.organizations {
		for _, location := range organization.Locations {
			row := plainLocation(location)
			row.OrganizationID = organization.ID
			all = append(all, &row)
		}
	}
	s.mu.RUnlock()
	rows := page(all, asked, func(l *locationJSON) int { return l.ID }, func(*locationJSON) bool { return true },
		func(l *locationJSON) locationJSON { return *l })
	reply(w, r, tampered(s, r, rows))
}

// withOrganization replies with a rendering of the organization in the path, or with 404.
func withOrganization[R any](s *Simulator, w http.ResponseWriter, r *http.Request, render func(*Organization) R) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	s.mu.RLock()
	organization := s.world.organization(id)
	if organization == nil {
		s.mu.RUnlock()
		notFound(w, r, "Organization")
		return
	}
	rendered := render(organization)
	s.mu.RUnlock()
	reply(w, r, rendered)
}
