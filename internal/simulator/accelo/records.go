package accelo

// Status is a status of a company, contact, affiliation, issue, job or prospect. Accelo's rules depend on its standing.
type Status struct {
	ID       int64  `json:"id"`
	Object   string `json:"object"`
	Title    string `json:"title"`
	Standing string `json:"standing"`
	Color    string `json:"color"`
	Start    bool   `json:"start"`
	Ordering int64  `json:"ordering"`
}

// Staff is a user of the deployment.
type Staff struct {
	ID        int64  `json:"id"`
	Firstname string `json:"firstname"`
	Surname   string `json:"surname"`
	Email     string `json:"email"`
	Username  string `json:"username"`
	Title     string `json:"title"`
	Position  string `json:"position"`
	Phone     string `json:"phone"`
	Standing  string `json:"standing"`
	// AccessLevel is "admin", "user" or "restricted" (accelo.md 2.5).
	AccessLevel string `json:"access_level"`

	password string
}

// Company is a client of the deployment (accelo.md 5). Times are Unix seconds; 0 means none.
type Company struct {
	ID                   int64  `json:"id"`
	Name                 string `json:"name"`
	CustomID             string `json:"custom_id,omitempty"`
	Website              string `json:"website,omitempty"`
	Phone                string `json:"phone,omitempty"`
	Fax                  string `json:"fax,omitempty"`
	Comments             string `json:"comments,omitempty"`
	StatusID             int64  `json:"status_id"`
	Standing             string `json:"standing"`
	DefaultAffiliationID int64  `json:"default_affiliation_id"`
	ManagerID            int64  `json:"manager_id,omitempty"`
	DateCreated          int64  `json:"date_created"`
	DateModified         int64  `json:"date_modified"`
	DateLastInteracted   int64  `json:"date_last_interacted,omitempty"`
}

// Contact is a person (accelo.md 6.1).
type Contact struct {
	ID                   int64  `json:"id"`
	Firstname            string `json:"firstname"`
	Middlename           string `json:"middlename,omitempty"`
	Surname              string `json:"surname"`
	Username             string `json:"username,omitempty"`
	Title                string `json:"title,omitempty"`
	Comments             string `json:"comments,omitempty"`
	StatusID             int64  `json:"status_id"`
	Standing             string `json:"standing"`
	DefaultAffiliationID int64  `json:"default_affiliation_id"`
	// Email, Mobile and Phone mirror the default affiliation.
	Email              string `json:"email,omitempty"`
	Mobile             string `json:"mobile,omitempty"`
	Phone              string `json:"phone,omitempty"`
	DateCreated        int64  `json:"date_created"`
	DateModified       int64  `json:"date_modified"`
	DateLastInteracted int64  `json:"date_last_interacted,omitempty"`
}

// Affiliation links a contact to a company (accelo.md 6.2).
type Affiliation struct {
	ID                 int64  `json:"id"`
	CompanyID          int64  `json:"company_id"`
	ContactID          int64  `json:"contact_id"`
	FullName           string `json:"full_name"`
	Email              string `json:"email,omitempty"`
	Phone              string `json:"phone,omitempty"`
	Mobile             string `json:"mobile,omitempty"`
	Fax                string `json:"fax,omitempty"`
	Position           string `json:"position,omitempty"`
	InvoiceMethod      string `json:"invoice_method,omitempty"`
	Communication      bool   `json:"communication"`
	StatusID           int64  `json:"status_id"`
	Standing           string `json:"standing"`
	DateCreated        int64  `json:"date_created"`
	DateModified       int64  `json:"date_modified"`
	DateLastInteracted int64  `json:"date_last_interacted,omitempty"`
}

// RequestType is a type of request. Only Accelo's UI can create one.
type RequestType struct {
	ID       int64  `json:"id"`
	Title    string `json:"title"`
	Standing string `json:"standing"`
}

// Priority is a request priority (accelo.md 7.1).
type Priority struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Color  string `json:"color"`
	Factor int64  `json:"factor"`
}

// Request is an incoming request (accelo.md 7.1). ConversionType is a singular object type, or empty before a conversion.
type Request struct {
	ID             int64  `json:"id"`
	Title          string `json:"title"`
	Body           string `json:"body"`
	Standing       string `json:"standing"`
	Source         string `json:"source,omitempty"`
	LeadID         int64  `json:"lead_id,omitempty"`
	ThreadID       int64  `json:"thread_id"`
	TypeID         int64  `json:"type_id"`
	PriorityID     int64  `json:"priority_id"`
	ClaimerID      int64  `json:"claimer_id"`
	AffiliationID  int64  `json:"affiliation_id"`
	ConversionType string `json:"conversion_type,omitempty"`
	ConversionID   int64  `json:"conversion_id,omitempty"`
	DateCreated    int64  `json:"date_created"`
	DateModified   int64  `json:"date_modified"`
}

// AssetType is a type of asset (accelo.md 8.3).
type AssetType struct {
	ID             int64  `json:"id"`
	Title          string `json:"title"`
	Standing       string `json:"standing"`
	HasManager     bool   `json:"has_manager"`
	HasAffiliation bool   `json:"has_affiliation"`
	HasAddress     bool   `json:"has_address"`
	Ordering       int64  `json:"ordering"`
}

// Asset is an asset of a company (accelo.md 8.1).
type Asset struct {
	ID            int64  `json:"id"`
	Title         string `json:"title"`
	Standing      string `json:"standing"`
	TypeID        int64  `json:"asset_type_id"`
	AgainstType   string `json:"against_type"`
	AgainstID     int64  `json:"against_id"`
	AffiliationID int64  `json:"affiliation_id,omitempty"`
	ManagerID     int64  `json:"manager_id,omitempty"`
	AddressID     int64  `json:"address_id,omitempty"`
	DateCreated   int64  `json:"date_created"`
	LatestLinkID  int64  `json:"latest_asset_link_id,omitempty"`
}

// AssetLink links an asset to another object (accelo.md 8.4).
type AssetLink struct {
	ID          int64  `json:"asset_link_id"`
	AssetID     int64  `json:"asset_id"`
	LinkedType  string `json:"linked_object_type"`
	LinkedID    int64  `json:"linked_object_id"`
	Description string `json:"description,omitempty"`
	StartDate   int64  `json:"start_date,omitempty"`
	EndDate     int64  `json:"end_date,omitempty"`
}

// CustomField is the definition of a custom field. Its Family is `extensions`, which belong to one type of object such as
// an asset type, or `profiles`, which belong to all objects of a kind (accelo.md 8.5 and 8.6).
type CustomField struct {
	ID         int64    `json:"id"`
	Family     string   `json:"family"`
	LinkType   string   `json:"link_type"`
	LinkTypeID int64    `json:"link_type_id,omitempty"`
	Name       string   `json:"field_name"`
	Type       string   `json:"field_type"`
	Options    []string `json:"options,omitempty"`
	Required   bool     `json:"required,omitempty"`
	Ordering   int64    `json:"ordering"`
}

// CustomValue is the value of one custom field on one object.
type CustomValue struct {
	ID           int64  `json:"id"`
	Family       string `json:"family"`
	FieldID      int64  `json:"field_id"`
	LinkType     string `json:"link_type"`
	LinkID       int64  `json:"link_id"`
	Value        string `json:"value"`
	ValueType    string `json:"value_type,omitempty"`
	DateModified int64  `json:"date_modified"`
	ModifiedBy   int64  `json:"modified_by"`
}

// Work is an issue (ticket), a job (project) or a prospect (sale), to which a request can be converted (accelo.md 7.8).
type Work struct {
	ID            int64  `json:"id"`
	Title         string `json:"title"`
	Description   string `json:"description,omitempty"`
	TypeID        int64  `json:"type_id"`
	StatusID      int64  `json:"status_id"`
	Standing      string `json:"standing"`
	AgainstType   string `json:"against_type"`
	AgainstID     int64  `json:"against_id"`
	AffiliationID int64  `json:"affiliation_id,omitempty"`
	AssigneeID    int64  `json:"assignee_id,omitempty"`
	DateCreated   int64  `json:"date_created"`
	DateModified  int64  `json:"date_modified"`
}

// Activity is a note, email, call or meeting (accelo.md 9).
type Activity struct {
	ID          int64  `json:"id"`
	Subject     string `json:"subject"`
	Body        string `json:"body"`
	Details     string `json:"details,omitempty"`
	Medium      string `json:"medium"`
	Visibility  string `json:"visibility"`
	OwnerType   string `json:"owner_type"`
	OwnerID     int64  `json:"owner_id"`
	AgainstType string `json:"against_type"`
	AgainstID   int64  `json:"against_id"`
	ThreadID    int64  `json:"thread_id"`
	ParentID    int64  `json:"parent_id,omitempty"`
	PriorityID  int64  `json:"priority_id,omitempty"`
	ClassID     int64  `json:"class_id,omitempty"`
	TaskID      int64  `json:"task_id,omitempty"`
	Billable    int64  `json:"billable,omitempty"`
	Nonbillable int64  `json:"nonbillable,omitempty"`
	DateStarted int64  `json:"date_started,omitempty"`
	DateEnded   int64  `json:"date_ended,omitempty"`
	DateCreated int64  `json:"date_created"`
	DateLogged  int64  `json:"date_logged"`
	// DateModified equals DateCreated until the activity is edited.
	DateModified int64 `json:"date_modified"`
}

// Subscription is a webhook subscription (accelo.md 10). The secret is never returned.
type Subscription struct {
	ID          string `json:"subscription_id"`
	EventID     string `json:"event_id"`
	TriggerURL  string `json:"trigger_url"`
	ContentType string `json:"content_type"`
	UserID      int64  `json:"user_id"`
	Timeouts    int    `json:"timeouts"`
	secret      string
}
