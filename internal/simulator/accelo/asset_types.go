package accelo

import "strconv"

func assetTypes(w *world) *table[AssetType] { return &w.assetTypes }

// assetTypeSchema is the asset type with its list filters (accelo.md 8.3).
var assetTypeSchema = &schema[AssetType]{
	rows: assetTypes,
	fields: []field[AssetType]{
		num("id", byDefault, func(r *AssetType) int64 { return r.ID }),
		str("title", byDefault, func(r *AssetType) string { return r.Title }),
		{name: "object_link_fields", value: func(*view, *AssetType) any { return objectLinkFields() }},
		str("standing", optional, func(r *AssetType) string { return r.Standing }),
		yes("has_manager", optional, func(r *AssetType) bool { return r.HasManager }),
		yes("has_affiliation", optional, func(r *AssetType) bool { return r.HasAffiliation }),
		yes("has_address", optional, func(r *AssetType) bool { return r.HasAddress }),
		num("ordering", optional, func(r *AssetType) int64 { return r.Ordering }),
	},
	basic: map[string]attr[AssetType]{
		"id":       byNumber(func(r *AssetType) int64 { return r.ID }),
		"standing": byText(func(r *AssetType) string { return r.Standing }),
	},
	orders: map[string]attr[AssetType]{
		"id":       byNumber(func(r *AssetType) int64 { return r.ID }),
		"standing": byText(func(r *AssetType) string { return r.Standing }),
		"title":    byText(func(r *AssetType) string { return r.Title }),
	},
	ranges: map[string]attr[AssetType]{"id": byNumber(func(r *AssetType) int64 { return r.ID })},
	search: []func(*AssetType) string{func(r *AssetType) string { return r.Title }},
}

// objectLinkFields says which fields a link to each type of object has. These flags are numbers.
func objectLinkFields() object {
	var all object
	for _, kind := range []string{"contract", "prospect", "issue", "job"} {
		all = append(all, member{kind, object{{"include_description", 1}, {"include_start_date", 0}, {"include_end_date", 0}}})
	}
	return all
}

// postAssetType creates an asset type, which is undocumented.
func postAssetType(c *call) (any, error) {
	c.accepts("title", "has_affiliation", "has_manager", "has_address", "standing")
	title, err := c.p.required("title")
	if err != nil {
		return nil, err
	}
	if c.switches.DuplicateNames && c.world.assetTypeNamed(title) != nil {
		return nil, duplicate("title")
	}
	row := c.addAssetType(title)
	row.HasAffiliation, row.HasManager, row.HasAddress = c.p.on("has_affiliation"), c.p.on("has_manager"), c.p.on("has_address")
	return show(c, assetTypeSchema, row), nil
}

func (v *view) addAssetType(title string) *AssetType {
	return v.world.assetTypes.add(&AssetType{
		Title: title, Standing: "active", HasAffiliation: true, Ordering: int64(len(v.world.assetTypes.rows) + 1),
	})
}

// assetTypeNamed returns an asset type by its title or its ID, or nil.
func (w *world) assetTypeNamed(name string) *AssetType {
	for _, row := range w.assetTypes.rows {
		if row.Title == name {
			return row
		}
	}
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return w.assetTypes.get(id)
	}
	return nil
}
