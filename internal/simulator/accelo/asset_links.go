package accelo

func assetLinks(w *world) *table[AssetLink] { return &w.assetLinks }

// assetLinkSchema holds the list filters of asset links (accelo.md 8.4).
var assetLinkSchema = &schema[AssetLink]{
	rows: assetLinks,
	basic: map[string]attr[AssetLink]{
		"asset_link_id": byNumber(func(r *AssetLink) int64 { return r.ID }),
		"asset_id":      byNumber(func(r *AssetLink) int64 { return r.AssetID }),
	},
	dates: map[string]func(*AssetLink) int64{
		"date_start": func(r *AssetLink) int64 { return r.StartDate },
		"date_end":   func(r *AssetLink) int64 { return r.EndDate },
	},
	orders: map[string]attr[AssetLink]{
		"asset_link_id": byNumber(func(r *AssetLink) int64 { return r.ID }),
		"date_start":    byNumber(func(r *AssetLink) int64 { return r.StartDate }),
		"date_end":      byNumber(func(r *AssetLink) int64 { return r.EndDate }),
	},
	ranges: map[string]attr[AssetLink]{"asset_link_id": byNumber(func(r *AssetLink) int64 { return r.ID })},
	objects: map[string]func(*AssetLink) (string, int64){
		"linked_object": func(r *AssetLink) (string, int64) { return r.LinkedType, r.LinkedID },
	},
}

func assetLinkRoutes() []route {
	return []route{
		get("assets/links", listAssetLinks),
		post("assets/links", postAssetLink),
		post("assets/{id}/links", postAssetLink),
		del("assets/links/{id}", deleteAssetLink),
	}
}

// assetLink renders a link. Its IDs and dates are numbers, and empty members are omitted.
func (v *view) assetLink(row *AssetLink) object {
	title, _ := v.world.title(row.LinkedType, row.LinkedID)
	o := object{
		{"asset_link_id", row.ID},
		{"asset_id", row.AssetID},
		{"linked_object_id", row.LinkedID},
		{"linked_object_type", row.LinkedType},
		{"linked_object_title", "#" + number(row.LinkedID) + " " + title},
		{"linked_object_breadcrumbs", v.world.breadcrumbs(row.LinkedType, row.LinkedID)},
	}
	if row.Description != "" {
		o = append(o, member{"description", row.Description})
	}
	if row.StartDate != 0 {
		o = append(o, member{"start_date", row.StartDate})
	}
	if row.EndDate != 0 {
		o = append(o, member{"end_date", row.EndDate})
	}
	return o
}

// listAssetLinks returns links together with their assets.
func listAssetLinks(c *call) (any, error) {
	rows, err := listed(c, assetLinkSchema, nil)
	if err != nil {
		return nil, err
	}
	links, linked := list{}, list{}
	seen := map[int64]bool{}
	for _, row := range rows {
		links = append(links, c.assetLink(row))
		asset := c.world.assets.get(row.AssetID)
		if asset == nil || seen[asset.ID] {
			continue
		}
		seen[asset.ID] = true
		linked = append(linked, object{
			{"id", number(asset.ID)}, {"title", asset.Title}, {"breadcrumbs", c.world.breadcrumbs("asset", asset.ID)},
		})
	}
	return object{{"assets", linked}, {"asset_links", links}}, nil
}

// linkable reports whether assets can be linked to a type of object. Links to requests are undocumented.
func (v *view) linkable(kind string) bool {
	switch kind {
	case "issue", "job", "prospect", "contract":
		return true
	case "request":
		return v.mode != ModeDocumented
	default:
		return false
	}
}

func postAssetLink(c *call) (any, error) {
	c.accepts("asset_id", "linked_object_id", "linked_object_type", "description", "start_date", "end_date")
	row := AssetLink{Description: c.p.get("description")}
	var err error
	if c.request.PathValue("id") != "" {
		row.AssetID = c.pathID("id")
	} else if row.AssetID, err = c.p.requiredNumber("asset_id"); err != nil {
		return nil, err
	}
	asset := c.world.assets.get(row.AssetID)
	if asset == nil {
		return nil, missing()
	}
	if row.LinkedType, err = c.p.required("linked_object_type"); err != nil {
		return nil, err
	}
	if !c.linkable(row.LinkedType) {
		return nil, invalid("Assets cannot be linked to the linked_object_type %q.", row.LinkedType)
	}
	if row.LinkedID, err = c.p.requiredNumber("linked_object_id"); err != nil {
		return nil, err
	}
	if !c.world.exists(row.LinkedType, row.LinkedID) {
		return nil, invalid("The linked_object_id %d does not exist.", row.LinkedID)
	}
	if row.StartDate, err = c.p.number("start_date"); err != nil {
		return nil, err
	}
	if row.EndDate, err = c.p.number("end_date"); err != nil {
		return nil, err
	}
	stored := c.world.assetLinks.add(&row)
	asset.LatestLinkID = stored.ID
	return c.assetLink(stored), nil
}

func deleteAssetLink(c *call) (any, error) {
	row := c.world.assetLinks.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	c.world.assetLinks.remove(row.ID)
	asset := c.world.assets.get(row.AssetID)
	if asset == nil || asset.LatestLinkID != row.ID {
		return nothing{}, nil
	}
	asset.LatestLinkID = 0
	for _, other := range c.world.assetLinks.rows {
		if other.AssetID == asset.ID {
			asset.LatestLinkID = other.ID
		}
	}
	return nothing{}, nil
}
