package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxName is the most characters we use for a company name or an asset title. Accelo documents no limit (accelo.md 12).
const MaxName = 255

// Organization is the part of a NinjaOne organization that we use.
type Organization struct {
	ID          int        `json:"id"`
	Name        string     `json:"name,omitempty"`
	Description string     `json:"description,omitempty"`
	TeamViewer  TeamViewer `json:"team_viewer,omitzero"`
	// Unknown are the fields of a baseline that this reading of the organization can't know. Their values here say nothing.
	Unknown []string `json:"unknown,omitempty"`
}

// Completed returns the organization with what its reading can't know as it was last synced, so that it neither changes nor empties anything.
func (o Organization) Completed(baseline Baseline) Organization {
	for _, name := range o.Unknown {
		switch value := baseline[name].Ninja; name {
		case NameKeyField:
			o.Name = value
		case CommentsField:
			o.Description = value
		}
	}
	o.Unknown = nil
	return o
}

// CompanyName returns the name of the organization's company in Accelo: cleaned, at most MaxName characters, and never empty.
func (o Organization) CompanyName() string {
	if name := Truncate(CleanName(o.Name), MaxName); name != "" {
		return name
	}
	return "Organization " + strconv.Itoa(o.ID)
}

// TeamViewer is an organization's TeamViewer setting. Targets are node classes (ninjaone.md 3, settings.teamviewer).
type TeamViewer struct {
	Enabled bool     `json:"enabled,omitempty"`
	Targets []string `json:"targets,omitempty"`
	// Unknown is set if the reading of the organization does not contain the setting.
	Unknown bool `json:"unknown,omitempty"`
}

// Covers reports whether TeamViewer is on for devices of a node class. No targets mean all classes.
func (t TeamViewer) Covers(nodeClass string) bool {
	return t.Enabled && (len(t.Targets) == 0 || slices.Contains(t.Targets, nodeClass))
}

// Same reports whether two settings are equal.
func (t TeamViewer) Same(other TeamViewer) bool {
	return t.Enabled == other.Enabled && slices.Equal(t.Targets, other.Targets)
}

// Device is the part of a NinjaOne device that we use.
type Device struct {
	ID             int       `json:"id"`
	OrganizationID int       `json:"organization_id"`
	NodeClass      string    `json:"node_class,omitempty"`
	SystemName     string    `json:"system_name,omitempty"`
	DisplayName    string    `json:"display_name,omitempty"`
	DNSName        string    `json:"dns_name,omitempty"`
	LastUser       string    `json:"last_user,omitempty"`
	Policy         string    `json:"policy,omitempty"`
	Serial         string    `json:"serial,omitempty"`
	PageURL        string    `json:"page_url,omitempty"`
	RemoteControl  string    `json:"remote_control,omitempty"`
	LastContact    time.Time `json:"last_contact,omitzero"`
	LastUpdate     time.Time `json:"last_update,omitzero"`
	// Unknown are the fields of a baseline that this reading of the device can't know. Their values here say nothing.
	Unknown []string `json:"unknown,omitempty"`
}

// Completed returns the device with what its reading can't know as it was last synced, so that it neither changes nor empties anything.
func (d Device) Completed(baseline Baseline) Device {
	for _, name := range d.Unknown {
		switch value := baseline[name].Ninja; name {
		case TitleField:
			d.SystemName = value
		case DisplayNameField:
			d.DisplayName = value
		case DNSNameField:
			d.DNSName = value
		case LastUserField:
			d.LastUser = value
		case LastOnlineField:
			d.LastContact = secondsTime(value)
		case LastUpdateField:
			d.LastUpdate = secondsTime(value)
		case RoleField:
			d.Policy = value
		case NodeClassField:
			d.NodeClass = value
		case RemoteControlField:
			d.RemoteControl = value
		}
	}
	d.Unknown = nil
	return d
}

// Title returns the title of the device's asset in Accelo: its first name that is not empty, at most MaxName characters.
func (d Device) Title() string {
	for _, name := range []string{d.SystemName, d.DisplayName, d.DNSName} {
		if title := Truncate(CleanName(name), MaxName); title != "" {
			return title
		}
	}
	return "Device " + strconv.Itoa(d.ID)
}

// Truncate cuts text to at most limit characters and drops white space at the cut.
func Truncate(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:limit]))
}

// TruncateBytes cuts text to at most limit bytes, between characters.
func TruncateBytes(text string, limit int) string {
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Company is an Accelo company as a listing shows it.
type Company struct {
	ID       int64  `json:"id"`
	Name     string `json:"name,omitempty"`
	Comments string `json:"comments,omitempty"`
	Standing string `json:"standing,omitempty"`
	// PrimaryAffiliation is the affiliation of the primary contact, 0 if the company has none.
	PrimaryAffiliation int64 `json:"primary_affiliation,omitempty"`
	// Missing are the fields of a baseline that Accelo's answer did not contain.
	Missing []string `json:"missing,omitempty"`
}

// value returns the value of a field of a baseline, and whether Accelo's answer contained it. No name is empty.
func (c Company) value(field string) (text string, known bool) {
	if field == NameKeyField {
		return c.Name, c.Name != ""
	}
	return c.Comments, !slices.Contains(c.Missing, field)
}

// Unseen returns the company as an answer without its values would show it. It stands for one that an earlier attempt created: what that
// sent is the baseline, whatever someone may have changed since.
func (c Company) Unseen() Company {
	c.Name, c.Comments, c.Missing = "", "", []string{CommentsField}
	return c
}

// Asset is an Accelo asset as a listing shows it.
type Asset struct {
	ID          int64  `json:"id"`
	Title       string `json:"title,omitempty"`
	CompanyID   int64  `json:"company_id,omitempty"`
	Affiliation int64  `json:"affiliation,omitempty"`
	Standing    string `json:"standing,omitempty"`
	// Missing are the fields of a baseline that Accelo's answer did not contain.
	Missing []string `json:"missing,omitempty"`
}

// has reports whether Accelo's answer contained a field of a baseline. No title is empty.
func (a Asset) has(field string) bool {
	return !slices.Contains(a.Missing, field) && (field != TitleField || a.Title != "")
}

// Unseen returns the asset as it was created in a place, and as an answer without its title would show it. It stands for one that an earlier
// attempt created: what that sent is the baseline, whatever someone may have changed since.
func (a Asset) Unseen(place Place) Asset {
	a.Title, a.CompanyID, a.Affiliation = "", place.Company, place.Affiliation
	return a
}
