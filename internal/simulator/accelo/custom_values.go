package accelo

import (
	"slices"
	"strconv"
	"strings"
)

func customValues(w *world) *table[CustomValue] { return &w.values }

// valueSchema is a custom value. Values of profiles can be filtered, values of extensions can't (accelo.md 8.5, 8.6).
func valueSchema(family string) *schema[CustomValue] {
	s := &schema[CustomValue]{
		rows: customValues,
		fields: []field[CustomValue]{
			num("id", byDefault, func(r *CustomValue) int64 { return r.ID }),
			{name: "field_type", value: definition(func(f *CustomField) any { return f.Type })},
			{name: "field_name", value: definition(func(f *CustomField) any { return f.Name })},
			{name: "value", value: func(v *view, r *CustomValue) any { return v.shownValue(r) }},
			num("field_id", optional, func(r *CustomValue) int64 { return r.FieldID }),
			num("link_id", optional, func(r *CustomValue) int64 { return r.LinkID }),
			str("link_type", optional, func(r *CustomValue) string { return r.LinkType }),
			{name: "link_type_id", need: optional, value: definition(func(f *CustomField) any { return number(f.LinkTypeID) })},
			day("date_modified", optional, func(r *CustomValue) int64 { return r.DateModified }),
			num("modified_by", optional, func(r *CustomValue) int64 { return r.ModifiedBy }),
			strOrNull("value_type", optional, func(r *CustomValue) string { return r.ValueType }),
			constant[CustomValue]("default_value", nil),
			constant[CustomValue]("is_sensitive", "0"),
			constant[CustomValue]("is_important", "0"),
			constant[CustomValue]("is_exported", "1"),
			constant[CustomValue]("field_description", ""),
		},
	}
	if family == profiles {
		s.basic = map[string]attr[CustomValue]{
			"field_id":  byNumber(func(r *CustomValue) int64 { return r.FieldID }),
			"link_id":   byNumber(func(r *CustomValue) int64 { return r.LinkID }),
			"link_type": byText(func(r *CustomValue) string { return r.LinkType }),
		}
		s.orders = map[string]attr[CustomValue]{
			"field_id":      s.basic["field_id"],
			"link_id":       s.basic["link_id"],
			"link_type":     s.basic["link_type"],
			"value_type":    byText(func(r *CustomValue) string { return r.ValueType }),
			"date_modified": byNumber(func(r *CustomValue) int64 { return r.DateModified }),
		}
		s.ranges = map[string]attr[CustomValue]{"field_id": s.basic["field_id"], "link_id": s.basic["link_id"]}
	}
	return s
}

// definition returns a property of the field that a value belongs to.
func definition(read func(f *CustomField) any) func(v *view, row *CustomValue) any {
	return func(v *view, row *CustomValue) any {
		if f := v.world.fields.get(row.FieldID); f != nil {
			return read(f)
		}
		return ""
	}
}

// renderValue renders a value. A multi_select also has its values as an array.
func renderValue(c *call, s *schema[CustomValue], row *CustomValue) object {
	o := show(c, s, row)
	if f := c.world.fields.get(row.FieldID); f != nil && f.Type == "multi_select" {
		chosen := list{}
		for _, option := range splitOptions(row.Value) {
			chosen = append(chosen, option)
		}
		o = append(o, member{"values", chosen})
	}
	return o
}

// listValues returns the values of one object or of all objects of a kind.
func listValues(family, kind string, single bool) handler {
	s := valueSchema(family)
	return func(c *call) (any, error) {
		narrow := func(row *CustomValue) bool { return row.Family == family && row.LinkType == kind }
		rows := c.world.values.rows
		if single {
			if !c.world.exists(kind, c.pathID("id")) {
				return nil, missing()
			}
			rows = c.world.valuesOf[objectKey{family, kind, c.pathID("id")}]
		}
		match, err := s.matching(c.view, c.p, narrow)
		if err != nil {
			return nil, err
		}
		want, err := pageOf(c.p)
		if err != nil {
			return nil, err
		}
		out := list{}
		for _, row := range match.run(rows, want) {
			out = append(out, renderValue(c, s, row))
		}
		return out, nil
	}
}

// putValue changes an existing value.
func putValue(family, kind string) handler {
	s := valueSchema(family)
	return func(c *call) (any, error) {
		row := c.world.values.get(c.pathID("value"))
		if row == nil || row.Family != family || row.LinkType != kind || row.LinkID != c.pathID("id") {
			return nil, missing()
		}
		text, valueType, err := c.readValue(c.world.fields.get(row.FieldID))
		if err != nil {
			return nil, err
		}
		return renderValue(c, s, c.setValue(c.world.fields.get(row.FieldID), row.LinkID, text, valueType)), nil
	}
}

// postValue sets the value of a field, whether or not it has one (accelo.md 14).
func postValue(family, kind string) handler {
	s := valueSchema(family)
	return func(c *call) (any, error) {
		if !c.world.exists(kind, c.pathID("id")) {
			return nil, missing()
		}
		f, err := c.world.fieldOf(family, kind, c.world.typeOf(family, kind, c.pathID("id")), c.pathID("field"))
		if err != nil {
			return nil, err
		}
		text, valueType, err := c.readValue(f)
		if err != nil {
			return nil, err
		}
		return renderValue(c, s, c.setValue(f, c.pathID("id"), text, valueType)), nil
	}
}

// setValue stores the value of a field on an object.
func (v *view) setValue(f *CustomField, id int64, text, valueType string) *CustomValue {
	key := objectKey{f.Family, f.LinkType, id}
	for _, row := range v.world.valuesOf[key] {
		if row.FieldID == f.ID {
			row.Value, row.ValueType, row.DateModified, row.ModifiedBy = text, valueType, v.now(), v.staff
			return row
		}
	}
	row := v.world.values.add(&CustomValue{
		Family: f.Family, FieldID: f.ID, LinkType: f.LinkType, LinkID: id, Value: text, ValueType: valueType,
		DateModified: v.now(), ModifiedBy: v.staff,
	})
	v.world.valuesOf[key] = append(v.world.valuesOf[key], row)
	return row
}

// readValue reads a value from the parameter of the field's type and rejects the parameters of other types (accelo.md 14).
func (c *call) readValue(f *CustomField) (text, valueType string, err error) {
	key := valueKey(f.Type)
	if !c.p.has(key) {
		return "", "", invalid("The value of a %s field is written as %q.", f.Type, key)
	}
	for _, other := range []string{"value", "value_int", "value_date", "value_id"} {
		if other != key && c.p.has(other) {
			return "", "", invalid("The value of a %s field is written as %q, not as %q.", f.Type, key, other)
		}
	}
	if key == "value_id" {
		valueType = c.p.get("value_type")
	}
	text, err = f.check(c.switches.storeValue(f, c.p.get(key)))
	return text, valueType, err
}

// newValue is a custom value of a new object.
type newValue struct {
	field *CustomField
	text  string
}

// customValues reads parameters such as `profile.12` of a create call, sorted by field ID.
func (c *call) customValues(family, kind string, typeID int64, prefix string) ([]newValue, error) {
	var values []newValue
	for name, text := range c.p.text {
		suffix, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		id, err := strconv.ParseInt(suffix, 10, 64)
		if err != nil {
			return nil, invalid("The parameter %q does not name a custom field.", name)
		}
		f, err := c.world.fieldOf(family, kind, typeID, id)
		if err != nil {
			return nil, err
		}
		if text, err = f.check(c.switches.storeValue(f, text)); err != nil {
			return nil, err
		}
		if text != "" {
			values = append(values, newValue{field: f, text: text})
		}
	}
	slices.SortFunc(values, func(x, y newValue) int { return compareNumbers(x.field.ID, y.field.ID) })
	return values, nil
}
