package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxName is how many characters a company name or an asset title may have: the conservative limit where Accelo
// documents none (contract accelo 12).
const MaxName = 255

// Organization is a NinjaOne organization as far as this product is concerned with it.
type Organization struct {
	ID          int        `json:"id"`
	Name        string     `json:"name,omitempty"`
	Description string     `json:"description,omitempty"`
	TeamViewer  TeamViewer `json:"team_viewer,omitzero"`
}

// CompanyName is the name its company bears in Accelo: cleaned of stray white space, at most MaxName characters,
// and never empty.
func (o Organization) CompanyName() string {
	if name := Truncate(CleanName(o.Name), MaxName); name != "" {
		return name
	}
	return "Organization " + strconv.Itoa(o.ID)
}

// TeamViewer is where an organization has TeamViewer switched on (contract ninjaone 3, settings.teamviewer).
type TeamViewer struct {
	Enabled bool     `json:"enabled,omitempty"`
	Targets []string `json:"targets,omitempty"`
}

// Covers tells whether TeamViewer is on for devices of a class. No targets at all means every class.
func (t TeamViewer) Covers(nodeClass string) bool {
	return t.Enabled && (len(t.Targets) == 0 || slices.Contains(t.Targets, nodeClass))
}

// Same tells whether two settings cover the same classes.
func (t TeamViewer) Same(other TeamViewer) bool {
	return t.Enabled == other.Enabled && slices.Equal(t.Targets, other.Targets)
}

// Device is a NinjaOne device as far as this product is concerned with it.
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
}

// Title is the title its asset bears in Accelo: the first name that is not empty, at most MaxName characters.
func (d Device) Title() string {
	for _, name := range []string{d.SystemName, d.DisplayName, d.DNSName} {
		if title := Truncate(CleanName(name), MaxName); title != "" {
			return title
		}
	}
	return "Device " + strconv.Itoa(d.ID)
}

// Truncate cuts text to at most limit characters, on a character's boundary, and drops the space that may then end it.
func Truncate(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:limit]))
}

// TruncateBytes cuts text to at most limit bytes, on a character's boundary.
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
	// PrimaryAffiliation is the affiliation of the primary contact, 0 where the company has none.
	PrimaryAffiliation int64 `json:"primary_affiliation,omitempty"`
}

// Asset is an Accelo asset as a listing shows it.
type Asset struct {
	ID          int64  `json:"id"`
	Title       string `json:"title,omitempty"`
	CompanyID   int64  `json:"company_id,omitempty"`
	Affiliation int64  `json:"affiliation,omitempty"`
	Standing    string `json:"standing,omitempty"`
}
