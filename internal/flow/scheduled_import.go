package flow

// ScheduledImportInput starts a ScheduledImport.
type ScheduledImportInput struct {
	Connection string `json:"connection"`
	// Searchable reports whether the namespace has our search attributes.
	Searchable bool `json:"searchable,omitempty"`
}

// ScheduledImportResult says whether an import was started. It was not if one was running already.
type ScheduledImportResult struct {
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id,omitempty"`
	Started    bool   `json:"started"`
}
