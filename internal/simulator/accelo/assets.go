package accelo

import "slices"

func assets(w *world) *table[Asset] { return &w.assets }

// assetSchema is the asset object and its list filters (accelo.md 8.1).
var assetSchema = &schema[Asset]{
	rows: assets,
	fields: []field[Asset]{
		num("id", byDefault, func(r *Asset) int64 { return r.ID }),
		str("title", byDefault, func(r *Asset) string { return r.Title }),
		{name: "latest_asset_link", value: latestLink},
		str("standing", optional, func(r *Asset) string { return r.Standing }),
		day("date_created", optional, func(r *Asset) int64 { return r.DateCreated }),
		str("against_type", optional, func(r *Asset) string { return r.AgainstType }),
		num("against_id", optional, func(r *Asset) int64 { return r.AgainstID }),
		link("asset_type", func(r *Asset) int64 { return r.TypeID }, assetTypeSchema, assetTypes),
		num("asset_type_id", optional, func(r *Asset) int64 { return r.TypeID }),
		link("affiliation", func(r *Asset) int64 { return r.AffiliationID }, affiliationSchema, affiliations),
		num("affiliation_id", optional, func(r *Asset) int64 { return r.AffiliationID }),
		link("manager", func(r *Asset) int64 { return r.ManagerID }, staffSchema, staffTable),
		num("manager_id", optional, func(r *Asset) int64 { return r.ManagerID }),
		num("address", optional, func(r *Asset) int64 { return r.AddressID }),
		num("address_id", optional, func(r *Asset) int64 { return r.AddressID }),
		{name: "breadcrumbs", need: named, value: func(v *view, r *Asset) any { return v.world.breadcrumbs("asset", r.ID) }},
	},
	basic: map[string]attr[Asset]{
		"id":             byNumber(func(r *Asset) int64 { return r.ID }),
		"standing":       byText(func(r *Asset) string { return r.Standing }),
		"type_id":        byNumber(func(r *Asset) int64 { return r.TypeID }),
		"affiliation_id": byNumber(func(r *Asset) int64 { return r.AffiliationID }),
		"manager_id":     byNumber(func(r *Asset) int64 { return r.ManagerID }),
		"address_id":     byNumber(func(r *Asset) int64 { return r.AddressID }),
		"against_type":   byText(func(r *Asset) string { return r.AgainstType }),
		"against_id":     byNumber(func(r *Asset) int64 { return r.AgainstID }),
	},
	dates: map[string]func(*Asset) int64{
		"date_created": func(r *Asset) int64 { return r.DateCreated },
	},
	orders: map[string]attr[Asset]{
		"id":           byNumber(func(r *Asset) int64 { return r.ID }),
		"date_created": byNumber(func(r *Asset) int64 { return r.DateCreated }),
		"standing":     byText(func(r *Asset) string { return r.Standing }),
	},
	ranges: map[string]attr[Asset]{
		"id":             byNumber(func(r *Asset) int64 { return r.ID }),
		"standing":       byText(func(r *Asset) string { return r.Standing }),
		"type_id":        byNumber(func(r *Asset) int64 { return r.TypeID }),
		"affiliation_id": byNumber(func(r *Asset) int64 { return r.AffiliationID }),
		"manager_id":     byNumber(func(r *Asset) int64 { return r.ManagerID }),
		"address_id":     byNumber(func(r *Asset) int64 { return r.AddressID }),
	},
	objects: map[string]func(*Asset) (string, int64){
		"against": func(r *Asset) (string, int64) { return r.AgainstType, r.AgainstID },
	},
	search: []func(*Asset) string{func(r *Asset) string { return r.Title }},
}

func latestLink(v *view, row *Asset) any {
	if link := v.world.assetLinks.get(row.LatestLinkID); link != nil {
		return v.assetLink(link)
	}
	return nil
}

// assetRoutes returns the documented calls and the undocumented POST /assets. There is no DELETE (accelo.md 8.2).
func assetRoutes() []route {
	return []route{
		get("assets", many(assetSchema, nil)),
		get("assets/count", countAssets),
		get("assets/{id}", one(assetSchema)),
		put("assets/{id}", putAsset),
		undocumented(post("assets", postAsset)),
		get("assets/types", many(assetTypeSchema, nil)),
		get("assets/types/{id}", one(assetTypeSchema)),
		undocumented(post("assets/types", postAssetType)),
	}
}

// countAssets returns a bare number, unlike every other count (accelo.md 4.6).
func countAssets(c *call) (any, error) {
	match, err := matchingIn(c, assetSchema, nil)
	if err != nil {
		return nil, err
	}
	return match.count(c.world.assets.visible(c.nowMillis)), nil
}

var assetStandings = []string{"active", "inactive"}

// postAsset creates an asset, which is undocumented. ModeNoExtensionKeys ignores custom fields in `extension.{field_id}`.
func postAsset(c *call) (any, error) {
	c.accepts("title", "asset_type_id", "against_type", "against_id", "affiliation_id", "manager_id", "address_id", "standing")
	title, err := c.p.required("title")
	if err != nil {
		return nil, err
	}
	row := Asset{Title: title, Standing: "active", DateCreated: c.now()}
	if row.TypeID, err = c.p.requiredNumber("asset_type_id"); err != nil {
		return nil, err
	}
	if c.world.assetTypes.get(row.TypeID) == nil {
		return nil, invalid("The asset_type_id %d does not exist.", row.TypeID)
	}
	if row.AgainstType, err = c.p.required("against_type"); err != nil {
		return nil, err
	}
	if row.AgainstID, err = c.p.requiredNumber("against_id"); err != nil {
		return nil, err
	}
	if c.p.has("standing") {
		row.Standing = c.p.get("standing")
	}
	if err := c.readAssetLinks(&row, "against_id", "affiliation_id", "manager_id", "address_id"); err != nil {
		return nil, err
	}
	var values []newValue
	if c.mode == ModeOpen {
		if values, err = c.customValues(extensions, "asset", row.TypeID, "extension."); err != nil {
			return nil, err
		}
	}
	stored := c.world.assets.add(&row)
	for _, value := range values {
		c.setValue(value.field, stored.ID, value.text, "")
	}
	return show(c, assetSchema, stored), nil
}

// readAssetLinks reads the given IDs into an asset and checks all of its IDs.
func (c *call) readAssetLinks(row *Asset, names ...string) error {
	fields := map[string]*int64{
		"against_id": &row.AgainstID, "affiliation_id": &row.AffiliationID, "manager_id": &row.ManagerID, "address_id": &row.AddressID,
	}
	for _, name := range names {
		if !c.p.has(name) {
			continue
		}
		id, err := c.p.number(name)
		if err != nil {
			return err
		}
		*fields[name] = id
	}
	switch {
	case !slices.Contains(assetStandings, row.Standing):
		return invalid("The standing %q is not one of active, inactive.", row.Standing)
	case row.AgainstType != "company":
		return invalid("The against_type %q is not company.", row.AgainstType)
	case c.world.companies.get(row.AgainstID) == nil:
		return invalid("The against_id %d does not exist.", row.AgainstID)
	case row.AffiliationID != 0 && c.world.affiliations.get(row.AffiliationID) == nil:
		return invalid("The affiliation_id %d does not exist.", row.AffiliationID)
	case row.ManagerID != 0 && c.world.staff.get(row.ManagerID) == nil:
		return invalid("The manager_id %d does not exist.", row.ManagerID)
	default:
		return nil
	}
}

// putAsset changes the title and, undocumented, against_id and affiliation_id. Other parameters are silently ignored.
func putAsset(c *call) (any, error) {
	c.accepts("title", "against_type", "against_id", "affiliation_id")
	row := c.world.assets.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	next := *row
	if c.p.has("title") {
		title, err := c.p.required("title")
		if err != nil {
			return nil, err
		}
		next.Title = title
	}
	if c.mode != ModeDocumented && (c.p.has("against_id") || c.p.has("affiliation_id")) {
		if err := c.readAssetLinks(&next, "against_id", "affiliation_id"); err != nil {
			return nil, err
		}
	}
	*row = next
	return show(c, assetSchema, row), nil
}
