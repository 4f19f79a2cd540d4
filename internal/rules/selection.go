package rules

import "slices"

// The kinds of records that an import brings in.
const (
	OrganizationRecords = "organizations"
	DeviceRecords       = "devices"
	AlertRecords        = "alerts"
)

// RecordKinds are all kinds of records that an import brings in.
var RecordKinds = []string{OrganizationRecords, DeviceRecords, AlertRecords}

// Selection says what an import brings in. The zero value is everything.
type Selection struct {
	// Records are kinds of records; empty means all.
	Records []string `json:"records,omitempty"`
	// Organizations are NinjaOne ids of organizations; empty means all.
	Organizations []int `json:"organizations,omitempty"`
}

// Normalized returns the selection in the form in which equal ones are the same: sorted, and empty for everything.
func (s Selection) Normalized() Selection {
	var normal Selection
	for _, kind := range RecordKinds {
		if slices.Contains(s.Records, kind) {
			normal.Records = append(normal.Records, kind)
		}
	}
	if len(normal.Records) == len(RecordKinds) {
		normal.Records = nil
	}
	normal.Organizations = slices.Compact(slices.Sorted(slices.Values(s.Organizations)))
	if len(normal.Organizations) == 0 {
		normal.Organizations = nil
	}
	return normal
}

// Has reports whether it includes a kind of records.
func (s Selection) Has(kind string) bool {
	return len(s.Records) == 0 || slices.Contains(s.Records, kind)
}

// HasOrganization reports whether it includes an organization.
func (s Selection) HasOrganization(id int) bool {
	return len(s.Organizations) == 0 || slices.Contains(s.Organizations, id)
}

// Everything reports whether it includes all records.
func (s Selection) Everything() bool { return len(s.Records)+len(s.Organizations) == 0 }

// Same reports whether both include the same records.
func (s Selection) Same(other Selection) bool {
	one, two := s.Normalized(), other.Normalized()
	return slices.Equal(one.Records, two.Records) && slices.Equal(one.Organizations, two.Organizations)
}

// String says what it includes, in words.
func (s Selection) String() string {
	if s.Everything() {
		return "everything"
	}
	text := "organizations, devices and active alerts"
	switch kinds := s.Normalized().Records; len(kinds) {
	case 1:
		text = kinds[0]
	case 2: //nolint:mnd // two kinds
		text = kinds[0] + " and " + kinds[1]
	}
	if len(s.Organizations) > 0 {
		text += " of " + Count(len(s.Organizations), "chosen organization")
	}
	return text
}
