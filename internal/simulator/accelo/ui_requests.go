package accelo

import (
	"fmt"

	"ninjaone-accelo/internal/simulator/lab"
)

// AddRequestType adds an active request type.
func (s *Simulator) AddRequestType(title string) (RequestType, error) {
	var added RequestType
	err := s.asPerson(func(v *view) error {
		added = *v.world.requestTypes.add(&RequestType{Title: title, Standing: "active"})
		return nil
	})
	return added, err
}

// request runs do on a request.
func (s *Simulator) request(id int64, do func(v *view, row *Request) error) error {
	return s.asPerson(func(v *view) error {
		row := v.world.requests.get(id)
		if row == nil {
			return lab.NotFound("request", id)
		}
		return do(v, row)
	})
}

// ClaimRequest lets a member of staff claim a request; 0 releases it.
func (s *Simulator) ClaimRequest(id, staff int64) error {
	return s.request(id, func(v *view, row *Request) error {
		if staff != 0 && v.world.staff.get(staff) == nil {
			return lab.NotFound("member of staff", staff)
		}
		v.changeRequest(row, func() {
			standing := row.Standing
			row.ClaimerID = staff
			v.claimed(row, standing)
		})
		return nil
	})
}

// CloseRequest closes a request.
func (s *Simulator) CloseRequest(id int64) error { return s.setStanding(id, "closed") }

// ReopenRequest opens a request again.
func (s *Simulator) ReopenRequest(id int64) error { return s.setStanding(id, "open") }

func (s *Simulator) setStanding(id int64, standing string) error {
	return s.request(id, func(v *view, row *Request) error {
		v.changeRequest(row, func() { row.Standing = standing })
		return nil
	})
}

// RequestEdit is a change of a request by hand; nil leaves a property as it is.
type RequestEdit struct{ Title, Body *string }

// EditRequest changes a request without changing its standing, which raises no event.
func (s *Simulator) EditRequest(id int64, edit RequestEdit) error {
	return s.request(id, func(v *view, row *Request) error {
		v.changeRequest(row, func() {
			assign(edit.Title, &row.Title)
			assign(edit.Body, &row.Body)
		})
		return nil
	})
}

// DeleteRequest deletes a request, which the API cannot.
func (s *Simulator) DeleteRequest(id int64) error {
	return s.request(id, func(v *view, row *Request) error {
		v.world.requests.remove(row.ID)
		return nil
	})
}

// ConvertRequest converts a request to an issue, a job or a prospect, as only the web interface can: it makes that object,
// names it in the request and changes its standing to converted (accelo.md 7.7).
func (s *Simulator) ConvertRequest(id int64, target string) (Work, error) {
	standings := map[string]string{"issue": "open", "job": "pending", "prospect": "active"}
	var made Work
	err := s.request(id, func(v *view, row *Request) error {
		standing, ok := standings[target]
		if !ok {
			return fmt.Errorf("a request is converted to issue, job or prospect, not to %q", target)
		}
		if row.Standing == "converted" && row.ConversionID != 0 {
			return fmt.Errorf("request %d is converted already", id)
		}
		work := Work{
			Title: row.Title, Description: row.Body, TypeID: 1, Standing: standing, AffiliationID: row.AffiliationID,
			AgainstType: "company", AssigneeID: row.ClaimerID,
		}
		if affiliation := v.world.affiliations.get(row.AffiliationID); affiliation != nil {
			work.AgainstID = affiliation.CompanyID
		}
		made = *v.addWork(target, work)
		v.changeRequest(row, func() {
			row.Standing, row.ConversionType, row.ConversionID = "converted", target, made.ID
		})
		return nil
	})
	return made, err
}

// AddRequest adds a request as an e-mail from an affiliation does.
func (s *Simulator) AddRequest(typeID, affiliationID int64, title, body string) (Request, error) {
	var added Request
	err := s.asPerson(func(v *view) error {
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

// AddNote adds a note by a member of staff (0: someone) to any object; visibility is private, confidential or all.
func (s *Simulator) AddNote(staff int64, againstType string, againstID int64, subject, body, visibility string) (Activity, error) {
	var added Activity
	err := s.asPerson(func(v *view) error {
		if staff == 0 {
			staff = v.staff
		}
		if v.world.staff.get(staff) == nil {
			return lab.NotFound("member of staff", staff)
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
