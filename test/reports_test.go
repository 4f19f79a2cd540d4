package test

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The JSON reports of interface.md 6. Members with omitempty are optional.

type connectReport struct {
	Connection string `json:"connection"`
	Ready      bool   `json:"ready"`
	NinjaOne   struct {
		OK    bool   `json:"ok"`
		URL   string `json:"url"`
		Auth  string `json:"auth"`
		Error string `json:"error,omitempty"`
	} `json:"ninjaone"`
	Accelo struct {
		OK         bool   `json:"ok"`
		URL        string `json:"url"`
		Deployment string `json:"deployment"`
		Remaining  int    `json:"remaining"`
		Error      string `json:"error,omitempty"`
	} `json:"accelo"`
	// Capabilities are null if unknown until first use.
	Capabilities struct {
		CreateAssets         *bool `json:"create_assets"`
		CreateAssetTypes     *bool `json:"create_asset_types"`
		CreateAssetFields    *bool `json:"create_asset_fields"`
		SetFieldsOnCreate    *bool `json:"set_fields_on_create"`
		LinkAssetsToRequests *bool `json:"link_assets_to_requests"`
	} `json:"capabilities"`
	RequestType struct {
		ID    *int64 `json:"id"`
		Title string `json:"title"`
	} `json:"request_type"`
	AssetType struct {
		ID            *int64   `json:"id"`
		Title         string   `json:"title"`
		MissingFields []string `json:"missing_fields"`
	} `json:"asset_type"`
	Webhooks struct {
		NinjaOne string `json:"ninjaone"`
		Accelo   string `json:"accelo"`
	} `json:"webhooks"`
	Schedule string   `json:"schedule,omitempty"`
	Todo     []string `json:"todo"`
}

type importReport struct {
	Connection       string   `json:"connection"`
	WorkflowID       string   `json:"workflow_id"`
	RunID            string   `json:"run_id"`
	Seconds          float64  `json:"seconds"`
	Plan             bool     `json:"plan"`
	EstimatedSeconds *float64 `json:"estimated_seconds,omitempty"`
	Cancelled        bool     `json:"cancelled,omitempty"`
	Organizations    counts   `json:"organizations"`
	Devices          counts   `json:"devices"`
	Alerts           counts   `json:"alerts"`
	APICalls         struct {
		NinjaOne     int `json:"ninjaone"`
		Accelo       int `json:"accelo"`
		AcceloWrites int `json:"accelo_writes"`
	} `json:"api_calls"`
	Failures    []recordError `json:"failures"`
	Ambiguities []recordError `json:"ambiguities,omitempty"`
}

type counts struct {
	Created   int `json:"created"`
	Matched   int `json:"matched"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Waiting   int `json:"waiting"`
	Failed    int `json:"failed"`
}

func (c counts) total() int {
	return c.Created + c.Matched + c.Updated + c.Unchanged + c.Waiting + c.Failed
}

type recordError struct {
	Kind    string `json:"kind"`
	NinjaID string `json:"ninja_id"`
	Name    string `json:"name"`
	Error   string `json:"error"`
}

type statusReport struct {
	Connections []connectionReport `json:"connections"`
}

type failureReport struct {
	WorkflowID string    `json:"workflow_id"`
	Kind       string    `json:"kind"`
	NinjaID    string    `json:"ninja_id"`
	Name       string    `json:"name,omitempty"`
	Error      string    `json:"error"`
	Since      time.Time `json:"since"`
}

type connectionReport struct {
	Connection    string            `json:"connection"`
	Ready         bool              `json:"ready"`
	Todo          []string          `json:"todo,omitempty"`
	Links         kinds             `json:"links"`
	Waiting       kinds             `json:"waiting"`
	OpenAlerts    int               `json:"open_alerts"`
	Failures      []failureReport   `json:"failures"`
	ManualChanges []json.RawMessage `json:"differences,omitempty"`
	AcceloBudget  struct {
		Limit     int        `json:"limit"`
		Remaining int        `json:"remaining"`
		Reset     *time.Time `json:"reset"`
	} `json:"accelo_budget"`
	ActivityCursor   *int64          `json:"activity_cursor"`
	CursorAgeSeconds *float64        `json:"cursor_age_seconds"`
	LastImport       json.RawMessage `json:"last_import"`
	LastReconcile    json.RawMessage `json:"last_reconcile"`
	Reconnect        json.RawMessage `json:"reconnect,omitempty"`
	Approval         *struct {
		WorkflowID string    `json:"workflow_id"`
		RunID      string    `json:"run_id,omitempty"`
		Reason     string    `json:"reason"`
		Since      time.Time `json:"since"`
		Seen       time.Time `json:"seen,omitempty"`
		Shown      time.Time `json:"shown,omitempty"`
		Approved   time.Time `json:"approved,omitempty"`
		Count      int       `json:"count,omitempty"`
		Changes    []struct {
			Kind    string `json:"kind"`
			NinjaID string `json:"ninja_id"`
		} `json:"changes,omitempty"`
	} `json:"brake,omitempty"`
}

type kinds struct {
	Organizations int `json:"organizations"`
	Devices       int `json:"devices"`
	Alerts        int `json:"alerts"`
}

// exitCodeOf returns the exit code of an import with a report: 4 if records failed (see interface.md 1).
func exitCodeOf(report importReport) int {
	if report.Organizations.Failed+report.Devices.Failed+report.Alerts.Failed > 0 {
		return 4
	}
	return 0
}

// decodeStrict decodes the only JSON object that a program prints. It must have all required members and no unknown ones.
func decodeStrict[T any](t testing.TB, text string) T {
	t.Helper()
	var result T
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&result), text)
	_, err := decoder.Token()
	require.ErrorIs(t, err, io.EOF, "output after the JSON object: %s", text)
	var raw any
	require.NoError(t, json.Unmarshal([]byte(text), &raw))
	requireMembers(t, reflect.TypeFor[T](), raw, "the report")
	return result
}

// requireMembers requires that a decoded value has every required member of its type, at every depth.
func requireMembers(t testing.TB, kind reflect.Type, value any, path string) {
	t.Helper()
	switch kind.Kind() {
	case reflect.Slice:
		if kind.Elem().Kind() != reflect.Struct {
			return
		}
		elements, ok := value.([]any)
		require.True(t, ok, "%s is %v, not a list", path, value)
		for _, element := range elements {
			requireMembers(t, kind.Elem(), element, path+"[]")
		}
	case reflect.Struct:
		if kind == reflect.TypeFor[time.Time]() {
			return
		}
		members, ok := value.(map[string]any)
		require.True(t, ok, "%s is %v, not an object", path, value)
		for i := range kind.NumField() {
			name, optional, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			member, present := members[name]
			require.True(t, present || optional == "omitempty", "%s has no %q", path, name)
			if present {
				requireMembers(t, kind.Field(i).Type, member, path+"."+name)
			}
		}
	}
}
