package accelo

import (
	"slices"
	"strings"
)

// The two families of custom fields.
const (
	extensions = "extensions"
	profiles   = "profiles"
)

// customized lists the objects with custom fields by plural and singular name. Requests have none.
var customized = []struct{ family, plural, kind string }{
	{extensions, "assets", "asset"},
	{extensions, "issues", "issue"},
	{extensions, "jobs", "job"},
	{extensions, "prospects", "prospect"},
	{profiles, "companies", "company"},
	{profiles, "contacts", "contact"},
	{profiles, "affiliations", "affiliation"},
	{profiles, "issues", "issue"},
	{profiles, "jobs", "job"},
	{profiles, "prospects", "prospect"},
	{profiles, "staff", "staff"},
}

func customFields(w *world) *table[CustomField] { return &w.fields }

// customFieldSchema is the definition of a field. Its lists only accept paging and `_fields`.
var customFieldSchema = &schema[CustomField]{
	rows: customFields,
	fields: []field[CustomField]{
		num("id", byDefault, func(r *CustomField) int64 { return r.ID }),
		str("field_name", byDefault, func(r *CustomField) string { return r.Name }),
		str("field_type", byDefault, func(r *CustomField) string { return r.Type }),
		num("link_type_id", byDefault, func(r *CustomField) int64 { return r.LinkTypeID }),
		str("link_type", optional, func(r *CustomField) string { return r.LinkType }),
		num("ordering", optional, func(r *CustomField) int64 { return r.Ordering }),
		str("required", optional, func(r *CustomField) string { return map[bool]string{true: "yes", false: "no"}[r.Required] }),
		constant[CustomField]("archived", "no"),
		constant[CustomField]("exported", "yes"),
		constant[CustomField]("important", "no"),
		constant[CustomField]("default_value", nil),
		constant[CustomField]("lookup_type", nil),
		constant[CustomField]("information", ""),
		{name: "options", need: optional, value: func(_ *view, r *CustomField) any {
			options := list{}
			for _, option := range r.Options {
				options = append(options, option)
			}
			return options
		}},
	},
}

func customFieldRoutes() []route {
	var routes []route
	for _, o := range customized {
		base := o.plural + "/" + o.family
		of := func(*call) (condition[CustomField], error) {
			return func(row *CustomField) bool { return row.Family == o.family && row.LinkType == o.kind }, nil
		}
		order := func(x, y *CustomField) int {
			if c := compareNumbers(x.LinkTypeID, y.LinkTypeID); c != 0 {
				return c
			}
			return compareNumbers(x.Ordering, y.Ordering)
		}
		one := o.plural + "/{id}/" + o.family
		routes = append(routes,
			get(base+"/fields", many(customFieldSchema, of, order)),
			get(base+"/values", listValues(o.family, o.kind, false)),
			get(one+"/values", listValues(o.family, o.kind, true)),
			put(one+"/values/{value}", putValue(o.family, o.kind)),
			post(one+"/fields/{field}", postValue(o.family, o.kind)),
			put(one+"/fields/{field}", postValue(o.family, o.kind)),
		)
	}
	return append(routes, undocumented(post("assets/extensions/fields", postAssetField)))
}

// postAssetField defines a custom field of an asset type, which is undocumented.
func postAssetField(c *call) (any, error) {
	c.accepts("field_name", "field_type", "link_type_id", "link_type", "required", "ordering")
	name, err := c.p.required("field_name")
	if err != nil {
		return nil, err
	}
	kind, err := c.p.required("field_type")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(fieldTypes[extensions], kind) {
		return nil, invalid("The field_type %q is not one of %s.", kind, strings.Join(fieldTypes[extensions], ", "))
	}
	typeID, err := c.p.requiredNumber("link_type_id")
	if err != nil {
		return nil, err
	}
	if c.world.assetTypes.get(typeID) == nil {
		return nil, invalid("The link_type_id %d does not exist.", typeID)
	}
	return show(c, customFieldSchema, c.addField(extensions, "asset", typeID, name, kind)), nil
}

// addField defines a custom field.
func (v *view) addField(family, kind string, typeID int64, name, fieldType string, options ...string) *CustomField {
	ordering := int64(1)
	for _, row := range v.world.fields.rows {
		if row.Family == family && row.LinkType == kind && row.LinkTypeID == typeID {
			ordering++
		}
	}
	return v.world.fields.add(&CustomField{
		Family: family, LinkType: kind, LinkTypeID: typeID, Name: name, Type: fieldType, Options: options, Ordering: ordering,
	})
}

// typeOf returns the type ID that an object's extension fields belong to. Profile fields have no type.
func (w *world) typeOf(family, kind string, id int64) int64 {
	if family == profiles {
		return 0
	}
	if kind == "asset" {
		if asset := w.assets.get(id); asset != nil {
			return asset.TypeID
		}
		return 0
	}
	if rows := w.work(kind); rows != nil && rows.get(id) != nil {
		return rows.get(id).TypeID
	}
	return 0
}

// fieldOf returns a custom field of objects of a kind and type.
func (w *world) fieldOf(family, kind string, typeID, id int64) (*CustomField, error) {
	row := w.fields.get(id)
	if row == nil || row.Family != family || row.LinkType != kind || row.LinkTypeID != typeID {
		return nil, invalid("The custom field %d does not exist on this object.", id)
	}
	return row, nil
}
