package accelo

import (
	"fmt"

	"ninjaone-accelo/internal/simulator/lab"
)

// AddRequestType adds an active request type.
func (s *Simulator) AddRequestType(title string) (RequestType, error) {
	var added RequestType
	err := s.inUI(func(v *view) error {
		added = *v.world.requestTypes.add(&RequestType{Title: title, Standing: "active"})
		return nil
	})
	return added, err
}

// request changes a request in the web interface.
func (s *Simulator) request(id int64, do func(v *view, row *Request) error) error {
	return s.inUI(func(v *view) error {
		row := v.world.requests.get(id)
		if row == nil {
			return lab.NotFound("request", id)
		}
		return do(v, row)
	})
}

// ClaimRequest claims a request for a staff member; 0 releases it.
func (s *Simulator) ClaimRequest(id, staff int64) error {
	return s.request(id, func(v *view, row *Request) error {
		if staff != 0 && v.world.staff.get(staff) == nil {
			return lab.NotFound("staff member", staff)
		}
		v.changeRequest(row, func() {
			standing := row.Standing
			row.ClaimerID = staff
			v.openIfClaimed(row, standing)
		})
		return nil
	})
}

// CloseRequest closes a request.
func (s *Simulator) CloseRequest(id int64) error { return s.setStanding(id, "closed") }

// ReopenRequest reopens a request.
func (s *Simulator) ReopenRequest(id int64) error { return s.setStanding(id, "open") }

func (s *Simulator) setStanding(id int64, standing string) error {
	return s.request(id, func(v *view, row *Request) error {
		v.changeRequest(row, func() { row.Standing = standing })
		return nil
	})
}

// RequestEdit is a manual change of a request. Nil leaves a property unchanged.
type RequestEdit struct {
	Title, Body           *string
	TypeID, AffiliationID *int64
}

// EditRequest changes a request's title, body, type and contact, which fires no event.
func (s *Simulator) EditRequest(id int64, edit RequestEdit) error {
	return s.request(id, func(v *view, row *Request) error {
		v.changeRequest(row, func() {
			assign(edit.Title, &row.Title)
			assign(edit.Body, &row.Body)
			assign(edit.TypeID, &row.TypeID)
			assign(edit.AffiliationID, &row.AffiliationID)
		})
		return nil
	})
}

// DeleteRequest deletes a request, which the API can't do.
func (s *Simulator) DeleteRequest(id int64) error {
	return s.request(id, func(v *view, row *Request) error {
		v.world.requests.remove(row.ID)
		return nil
	})
}

// ConvertRequest converts a request to an issue, a job or a prospect, which only the web interface can do. It creates the
// object, refers to it in the request and changes the standing to converted (accelo.md 7.7).
func (s *Simulator) ConvertRequest(id int64, target string) (Work, error) {
	standings := map[string]string{"issue": "open", "job": "pending", "prospect": "active"}
	var created Work
	err := s.request(id, func(v *view, row *Request) error {
		standing, ok := standings[target]
		if !ok {
			return fmt.Errorf("cannot convert a request to %q (use issue, job or prospect)", target)
		}
		if row.Standing == "converted" && row.ConversionID != 0 {
			return fmt.Errorf("request %d is already converted", id)
		}
		work := Work{
			Title: row.Title, Description: row.Body, TypeID: 1, Standing: standing, AffiliationID: row.AffiliationID,
			AgainstType: "company", AssigneeID: row.ClaimerID,
		}
		if affiliation := v.world.affiliations.get(row.AffiliationID); affiliation != nil {
			work.AgainstID = affiliation.CompanyID
		}
		created = *v.addWork(target, work)
		v.changeRequest(row, func() {
			row.Standing, row.ConversionType, row.ConversionID = "converted", target, created.ID
		})
		return nil
	})
	return created, err
}

// AddRequest adds a request as if the affiliation had sent an email.
func (s *Simulator) AddRequest(typeID, affiliationID int64, title, body string) (Request, error) {
	var added Request
	err := s.inUI(func(v *view) error {
		if v.world.requestTypes.get(typeID) == nil {
			return lab.NotFound("request type", typeID)
		}
		if v.world.affiliations.get(affiliationID) == nil {
			return lab.NotFound("affiliation", affiliationID)
		}
		added = *v.addRequest(Request{Title: title, Body: body, Source: "email", TypeID: typeID, PriorityID: 1, AffiliationID: affiliationID})
		return nil
	})
	return added, err
}

// AddNote adds a note to any object. Staff is the author; 0 means the default UI user. Visibility is private, confidential
// or all.
func (s *Simulator) AddNote(staff int64, againstType string, againstID int64, subject, body, visibility string) (Activity, error) {
	var added Activity
	err := s.inUI(func(v *view) error {
		if staff == 0 {
			staff = v.staff
		}
		if v.world.staff.get(staff) == nil {
			return lab.NotFound("staff member", staff)
		}
		if !v.world.exists(againstType, againstID) {
			return lab.NotFound(againstType, againstID)
		}
		added = *v.addActivity(Activity{
			Subject: subject, Body: body, Medium: "note", Visibility: visibility, OwnerType: "staff", OwnerID: staff,
			AgainstType: againstType, AgainstID: againstID,
		})
		return nil
	})
	return added, err
}
