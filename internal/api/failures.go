package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

const failuresTag = "Failures"

// RecordReference names a record in a body.
type RecordReference struct {
	Kind    string `json:"kind,omitempty" doc:"organization, device, alert or contact."`
	NinjaID string `json:"ninja_id,omitempty" maxLength:"200"`
}

// key returns the record, in a connection.
func (r RecordReference) key(connection string) (store.Key, error) {
	kind, err := operate.ParseKind(r.Kind)
	if err != nil {
		return store.Key{}, err
	}
	if r.NinjaID == "" || strings.ContainsRune(r.NinjaID, 0) {
		return store.Key{}, &operate.InvalidError{Member: "ninja_id", Reason: "ninja_id must be the id of a record"}
	}
	return store.Key{Connection: connection, Kind: kind, NinjaID: r.NinjaID}, nil
}

func (a *API) registerFailures() {
	const path = "/api/v1/connections/{name}/failures"
	register(a, operation(http.MethodGet, path, "List records that failed to sync", failuresTag, 0), a.failures)
	register(a, operation(http.MethodPost, path+"/retry", "Retry one failed record, or all", failuresTag, http.StatusAccepted), a.retry)
	register(a, operation(http.MethodPost, path+"/dismiss", "Take a failure off the list", failuresTag, 0), a.dismiss)
}

// failedRecord is a record that failed to sync.
type failedRecord struct {
	store.Failure
	Attempts int `json:"attempts"`
}

func failuresOf(stored []store.Failure) []failedRecord {
	list := make([]failedRecord, len(stored))
	for i, one := range stored {
		list[i] = failedRecord{Failure: one, Attempts: one.Attempts}
	}
	return list
}

func (a *API) failures(ctx context.Context, _ operate.Actor, in *struct {
	ConnectionPath
	Page
},
) (*response[list[failedRecord]], error) {
	ctx, err := a.bind(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	offset, err := numberIn("failures", in.Cursor)
	if err != nil {
		return nil, err
	}
	all, err := a.store.Failures(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	from := min(int(offset), len(all))
	to := min(from+in.Limit+1, len(all))
	return pageOf("failures", failuresOf(all[from:to]), offset, in.Limit), nil
}

// retried are the failures whose syncs run again.
type retried struct {
	Started []failedRecord `json:"started"`
}

func (a *API) retry(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	Body struct {
		RecordReference
		All bool `json:"all,omitempty" doc:"Retry everything that failed."`
	}
},
) (*response[retried], error) {
	request := operate.Retry{Connection: in.Name}
	named := in.Body.Kind != "" || in.Body.NinjaID != ""
	switch {
	case in.Body.All && named:
		return nil, &operate.InvalidError{Member: "all", Reason: "all can't be combined with kind and ninja_id"}
	case !in.Body.All:
		key, err := in.Body.key(in.Name)
		if err != nil {
			return nil, err
		}
		if request.Selection, err = operate.SelectRecord(key.Kind, key.NinjaID); err != nil {
			return nil, err
		}
	}
	result, err := a.operator.Retry(ctx, actor, request)
	if err == nil && len(result.Failures) == 0 && !in.Body.All {
		err = &operate.NotFoundError{What: in.Body.Kind, Reason: fmt.Sprintf("%s %s has not failed", in.Body.Kind, in.Body.NinjaID)}
	}
	return respond(retried{Started: failuresOf(result.Failures)}), err
}

func (a *API) dismiss(ctx context.Context, actor operate.Actor, in *struct {
	ConnectionPath
	Body RecordReference
},
) (*response[failedRecord], error) {
	key, err := in.Body.key(in.Name)
	if err != nil {
		return nil, err
	}
	dismissed, err := a.operator.Dismiss(ctx, actor, key)
	return respond(failedRecord{Failure: dismissed, Attempts: dismissed.Attempts}), err
}
