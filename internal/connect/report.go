package connect

import (
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// Report is what `connect` found (interface section 6).
type Report struct {
	Connection string   `json:"connection"`
	Ready      bool     `json:"ready"`
	NinjaOne   NinjaOne `json:"ninjaone"`
	Accelo     Accelo   `json:"accelo"`
	// Capabilities that are null will show in use: with the first real device, or the first real alert.
	Capabilities store.Capabilities `json:"capabilities"`
	RequestType  Titled             `json:"request_type"`
	AssetType    AssetType          `json:"asset_type"`
	Webhooks     flow.Webhooks      `json:"webhooks"`
	// Schedule is how often both sides are reconciled, or why that is not scheduled yet; a worker then does so when it starts.
	Schedule string   `json:"schedule,omitempty"`
	Todo     []string `json:"todo"`
	// Words are the deployment's own, for texts.
	Words store.Words `json:"-"`

	// unreachable tells that a vendor gave no answer, so that nothing was found out.
	unreachable error
}

// Unreachable is why a vendor could not be asked at all, nil where both answered.
func (r Report) Unreachable() error { return r.unreachable }

// NinjaOne is whether NinjaOne accepts our credentials.
type NinjaOne struct {
	OK    bool   `json:"ok"`
	URL   string `json:"url"`
	Auth  string `json:"auth"`
	Error string `json:"error,omitempty"`
}

// Accelo is whether Accelo accepts our credentials, and what is left of its hourly budget.
type Accelo struct {
	OK         bool   `json:"ok"`
	URL        string `json:"url"`
	Deployment string `json:"deployment"`
	Remaining  int    `json:"remaining"`
	Error      string `json:"error,omitempty"`
}

// Titled is an object of Accelo; the id is null where it does not exist.
type Titled struct {
	ID    *int64 `json:"id"`
	Title string `json:"title"`
}

// AssetType is the type of our assets and the custom fields that it lacks.
type AssetType struct {
	Titled
	MissingFields []string `json:"missing_fields"`
}
