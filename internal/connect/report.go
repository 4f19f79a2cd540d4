package connect

import (
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// Report is what `connect` found (interface.md 6).
type Report struct {
	Connection string         `json:"connection"`
	Ready      bool           `json:"ready"`
	NinjaOne   NinjaOneReport `json:"ninjaone"`
	Accelo     AcceloReport   `json:"accelo"`
	// Pair says what became of the accounts, for texts. A refusal is in Todo too.
	Pair PairReport `json:"-"`
	// A capability is null until its first use, by a real device or alert, shows whether the deployment has it.
	Capabilities store.Capabilities `json:"capabilities"`
	RequestType  TypeReport         `json:"request_type"`
	AssetType    AssetTypeReport    `json:"asset_type"`
	Webhooks     flow.Webhooks      `json:"webhooks"`
	// Schedule is how often reconciliations run, or why they are not scheduled yet.
	Schedule string `json:"schedule,omitempty"`
	// ImportSchedule is how often a full import starts automatically; empty if only users start one.
	ImportSchedule string   `json:"import_schedule,omitempty"`
	Todo           []string `json:"todo"`
	// Warnings say what an administrator should know although nothing has to be done.
	Warnings []string `json:"warnings,omitempty"`
	// Labels are the deployment's names for Accelo's objects, for texts.
	Labels store.Labels `json:"-"`

	// unreachable is why a vendor could not be reached.
	unreachable error
}

// Unreachable returns why a vendor could not be reached, or nil.
func (r Report) Unreachable() error { return r.unreachable }

// NinjaOneReport says whether NinjaOne accepts the credentials.
type NinjaOneReport struct {
	OK    bool   `json:"ok"`
	URL   string `json:"url"`
	Auth  string `json:"auth"`
	Error string `json:"error,omitempty"`
}

// AcceloReport says whether Accelo accepts the credentials, and how many calls of its hourly budget are left.
type AcceloReport struct {
	OK         bool   `json:"ok"`
	URL        string `json:"url"`
	Deployment string `json:"deployment"`
	Remaining  int    `json:"remaining"`
	Error      string `json:"error,omitempty"`
}

// PairReport says what became of the connection's pair of accounts (design.md rule 2).
type PairReport struct {
	// Number counts the pairs that the connection has had.
	Number int64
	Change PairChange
	// Reason is why the accounts are not known to be those of the connection, or empty.
	Reason string
	// Left says what of ours could not be removed yet from deployments that the connection has left.
	Left []string
}

// PairChange is what a run did about the pair of a connection.
type PairChange string

// The changes. PairRefused means that nothing was stored: the connection keeps the accounts and the credentials that it has.
const (
	PairKept    PairChange = "kept"
	PairMoved   PairChange = "moved"
	PairRefused PairChange = "refused"
)

// TypeReport is a request or asset type. ID is null if Accelo doesn't have the type.
type TypeReport struct {
	ID    *int64 `json:"id"`
	Title string `json:"title"`
}

// AssetTypeReport is the type of our assets, with the custom fields it is missing.
type AssetTypeReport struct {
	TypeReport
	MissingFields []string `json:"missing_fields"`
}
