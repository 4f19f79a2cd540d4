package accelo

import (
	"fmt"
	"slices"
)

// AddAssetType adds an active asset type with an affiliation, as an administrator does under Settings.
func (s *Simulator) AddAssetType(title string) (AssetType, error) {
	var added AssetType
	err := s.asPerson(func(v *view) error {
		added = *v.addAssetType(title)
		return nil
	})
	return added, err
}

// AddAssetField adds a custom field to an asset type, named by title or id.
func (s *Simulator) AddAssetField(assetType, name, fieldType string, options ...string) (CustomField, error) {
	var added CustomField
	err := s.asPerson(func(v *view) error {
		kind := v.world.assetTypeNamed(assetType)
		if kind == nil {
			return absent("asset type", assetType)
		}
		if !slices.Contains(fieldTypes[extensions], fieldType) {
			return fmt.Errorf("there is no field type %q", fieldType)
		}
		added = *v.addField(extensions, "asset", kind.ID, name, fieldType, options...)
		return nil
	})
	return added, err
}

// AddAsset adds an asset of a type, named by title or id, to a company, as the importer does. Its affiliation is the
// company's primary contact. Values of its custom fields are given by name.
func (s *Simulator) AddAsset(assetType string, companyID int64, title string, values map[string]string) (Asset, error) {
	var added Asset
	err := s.company(companyID, func(v *view, company *Company) error {
		kind := v.world.assetTypeNamed(assetType)
		if kind == nil {
			return absent("asset type", assetType)
		}
		checked := map[*CustomField]string{}
		for name, text := range values {
			f := v.world.assetField(kind.ID, name)
			if f == nil {
				return absent("custom field", name)
			}
			text, err := f.check(text)
			if err != nil {
				return err
			}
			checked[f] = text
		}
		row := v.world.assets.add(&Asset{
			Title: title, Standing: "active", TypeID: kind.ID, AgainstType: "company", AgainstID: company.ID,
			AffiliationID: company.DefaultAffiliationID, DateCreated: v.now(),
		})
		for f, text := range checked {
			v.setValue(f, row.ID, text, "")
		}
		added = *row
		return nil
	})
	return added, err
}

func (w *world) assetField(typeID int64, name string) *CustomField {
	for _, f := range w.fields.rows {
		if f.Family == extensions && f.LinkType == "asset" && f.LinkTypeID == typeID && f.Name == name {
			return f
		}
	}
	return nil
}

// EditAssetTitle changes an asset's title.
func (s *Simulator) EditAssetTitle(id int64, title string) error {
	return s.asset(id, func(row *Asset) { row.Title = title })
}

// ChooseAssetContact gives an asset another person to ask: an affiliation of its company.
func (s *Simulator) ChooseAssetContact(id, affiliationID int64) error {
	return s.asPerson(func(v *view) error {
		row, person := v.world.assets.get(id), v.world.affiliations.get(affiliationID)
		if row == nil {
			return absent("asset", id)
		}
		if person == nil || person.CompanyID != row.AgainstID {
			return absent("affiliation of the asset's company", affiliationID)
		}
		row.AffiliationID = affiliationID
		return nil
	})
}

// MoveAsset moves an asset to another company and its primary contact.
func (s *Simulator) MoveAsset(id, companyID int64) error {
	return s.company(companyID, func(v *view, company *Company) error {
		row := v.world.assets.get(id)
		if row == nil {
			return absent("asset", id)
		}
		row.AgainstID, row.AffiliationID = company.ID, company.DefaultAffiliationID
		return nil
	})
}

// DeleteAsset deletes an asset with its values and links.
func (s *Simulator) DeleteAsset(id int64) error {
	return s.asPerson(func(v *view) error {
		if v.world.assets.get(id) == nil {
			return absent("asset", id)
		}
		for _, link := range slices.Clone(v.world.assetLinks.rows) {
			if link.AssetID == id {
				v.world.assetLinks.remove(link.ID)
			}
		}
		key := objectKey{extensions, "asset", id}
		for _, value := range v.world.valuesOf[key] {
			v.world.values.remove(value.ID)
		}
		delete(v.world.valuesOf, key)
		v.world.assets.remove(id)
		return nil
	})
}

func (s *Simulator) asset(id int64, do func(row *Asset)) error {
	return s.asPerson(func(v *view) error {
		row := v.world.assets.get(id)
		if row == nil {
			return absent("asset", id)
		}
		do(row)
		return nil
	})
}

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
			return absent("request", id)
		}
		return do(v, row)
	})
}

// ClaimRequest lets a member of staff claim a request; 0 releases it.
func (s *Simulator) ClaimRequest(id, staff int64) error {
	return s.request(id, func(v *view, row *Request) error {
		if staff != 0 && v.world.staff.get(staff) == nil {
			return absent("member of staff", staff)
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
// names it in the request and changes its standing to converted (contract accelo 7.7).
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
			return absent("request type", typeID)
		}
		if v.world.affiliations.get(affiliationID) == nil {
			return absent("affiliation", affiliationID)
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
			return absent("member of staff", staff)
		}
		if !v.world.exists(againstType, againstID) {
			return absent(againstType, againstID)
		}
		added = *v.addActivity(Activity{
			Subject: subject, Body: body, Medium: "note", Visibility: visibility, OwnerType: "staff", OwnerID: staff,
			AgainstType: againstType, AgainstID: againstID,
		})
		return nil
	})
	return added, err
}
