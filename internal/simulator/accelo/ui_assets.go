package accelo

import (
	"fmt"
	"slices"

	"ninjaone-accelo/internal/simulator/lab"
)

// AddAssetType adds an active asset type with contacts enabled, as an administrator does under Settings.
func (s *Simulator) AddAssetType(title string) (AssetType, error) {
	var added AssetType
	err := s.inUI(func(v *view) error {
		added = *v.addAssetType(title)
		return nil
	})
	return added, err
}

// AddAssetField adds a custom field to an asset type, given by its title or ID.
func (s *Simulator) AddAssetField(assetType, name, fieldType string, options ...string) (CustomField, error) {
	var added CustomField
	err := s.inUI(func(v *view) error {
		kind := v.world.assetTypeNamed(assetType)
		if kind == nil {
			return lab.NotFound("asset type", assetType)
		}
		if !slices.Contains(fieldTypes[extensions], fieldType) {
			return fmt.Errorf("unknown field type %q", fieldType)
		}
		added = *v.addField(extensions, "asset", kind.ID, name, fieldType, options...)
		return nil
	})
	return added, err
}

// AddAsset adds an asset to a company, as Accelo's CSV import does. The type is given by its title or ID, and the values of
// custom fields by name. Its contact is the company's default affiliation.
func (s *Simulator) AddAsset(assetType string, companyID int64, title string, values map[string]string) (Asset, error) {
	var added Asset
	err := s.company(companyID, func(v *view, company *Company) error {
		kind := v.world.assetTypeNamed(assetType)
		if kind == nil {
			return lab.NotFound("asset type", assetType)
		}
		checked := map[*CustomField]string{}
		for name, text := range values {
			f := v.world.assetField(kind.ID, name)
			if f == nil {
				return lab.NotFound("custom field", name)
			}
			text, err := f.check(v.switches.storeValue(f, text))
			if err != nil {
				return err
			}
			checked[f] = text
		}
		row := v.world.assets.add(&Asset{
			Title: v.switches.store(title), Standing: "active", TypeID: kind.ID, AgainstType: "company", AgainstID: company.ID,
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

// RenameAsset changes the title of an asset.
func (s *Simulator) RenameAsset(id int64, title string) error {
	title = s.Switches().store(title)
	return s.asset(id, func(row *Asset) { row.Title = title })
}

// EditAssetValue enters the value of a custom field, given by its name.
func (s *Simulator) EditAssetValue(id int64, field, text string) error {
	return s.inUI(func(v *view) error {
		row := v.world.assets.get(id)
		if row == nil {
			return lab.NotFound("asset", id)
		}
		f := v.world.assetField(row.TypeID, field)
		if f == nil {
			return lab.NotFound("custom field", field)
		}
		text, err := f.check(text)
		if err == nil {
			v.setValue(f, id, text, "")
		}
		return err
	})
}

// SetAssetContact changes the contact of an asset to an affiliation of its company.
func (s *Simulator) SetAssetContact(id, affiliationID int64) error {
	return s.inUI(func(v *view) error {
		row, affiliation := v.world.assets.get(id), v.world.affiliations.get(affiliationID)
		if row == nil {
			return lab.NotFound("asset", id)
		}
		if affiliation == nil || affiliation.CompanyID != row.AgainstID {
			return lab.NotFound("affiliation of the asset's company", affiliationID)
		}
		row.AffiliationID = affiliationID
		return nil
	})
}

// MoveAsset moves an asset to another company and its default affiliation.
func (s *Simulator) MoveAsset(id, companyID int64) error {
	return s.company(companyID, func(v *view, company *Company) error {
		row := v.world.assets.get(id)
		if row == nil {
			return lab.NotFound("asset", id)
		}
		row.AgainstID, row.AffiliationID = company.ID, company.DefaultAffiliationID
		return nil
	})
}

// DeleteAsset deletes an asset with its custom values and links.
func (s *Simulator) DeleteAsset(id int64) error {
	return s.inUI(func(v *view) error {
		if v.world.assets.get(id) == nil {
			return lab.NotFound("asset", id)
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
	return s.inUI(func(v *view) error {
		row := v.world.assets.get(id)
		if row == nil {
			return lab.NotFound("asset", id)
		}
		do(row)
		return nil
	})
}
