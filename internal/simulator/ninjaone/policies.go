package ninjaone

import "net/http"

func (s *Simulator) getPolicies(w http.ResponseWriter, r *http.Request) {
	rows := []policyJSON{}
	s.mu.RLock()
	for _, policy := range s.world.policies {
		rows = append(rows, renderPolicy(policy))
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

func (s *Simulator) getRoles(w http.ResponseWriter, r *http.Request) {
	rows := []roleJSON{}
	s.mu.RLock()
	for _, role := range s.world.roles {
		rows = append(rows, renderRole(role))
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}

// getUsers lists the technicians, with explicit nulls as recorded (ninjaone.md 4).
func (s *Simulator) getUsers(w http.ResponseWriter, r *http.Request) {
	rows := []map[string]any{}
	s.mu.RLock()
	for _, user := range s.world.users {
		if r.URL.Query().Get("userType") == "END_USER" {
			continue
		}
		rows = append(rows, map[string]any{
			"id": user.ID, "uid": user.UID, "firstName": user.FirstName, "lastName": user.LastName, "email": user.Email, "enabled": true,
			"administrator": user.Administrator, "userType": "TECHNICIAN", "invitationStatus": "REGISTERED", "organizationId": nil, "tags": nil, "fields": nil,
		})
	}
	s.mu.RUnlock()
	reply(w, r, rows)
}
