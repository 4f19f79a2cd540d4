package api

import (
	"context"
	"fmt"
	"net/http"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

const recordsTag = "Records"

// RecordPath is the part of a path that names a record.
type RecordPath struct {
	ConnectionPath
	Kind string `path:"kind" maxLength:"20" doc:"organization, device, alert or contact."`
	ID   string `path:"id" maxLength:"200" doc:"The record's id in NinjaOne; for an alert its uid."`
}

func (p RecordPath) key() (store.Key, error) {
	key, err := RecordReference{Kind: p.Kind, NinjaID: p.ID}.key(p.Name)
	if err != nil {
		return key, &operate.InvalidError{Member: "path.kind", Reason: err.Error()}
	}
	return key, nil
}

func (a *API) registerRecords() {
	const path = "/api/v1/connections/{name}/records"
	const one = path + "/{kind}/{id}"
	register(a, operation(http.MethodGet, path, "Find records", recordsTag, 0), a.records)
	register(a, operation(http.MethodGet, one, "Show a record with its history", recordsTag, 0), a.record)
	register(a, operation(http.MethodPost, one+"/sync", "Sync a record now", recordsTag, http.StatusAccepted), a.sync)
	register(a, operation(http.MethodPost, one+"/relink", "Link a record to another company, asset or request", recordsTag, 0), a.relink)
	register(a, operation(http.MethodPost, one+"/unlink", "Unlink a record, so that the next import matches it again", recordsTag, 0), a.unlink)
}

func (a *API) records(ctx context.Context, _ operate.Actor, in *struct {
	ConnectionPath
	Page
	Text string `query:"q" maxLength:"200" doc:"An id of either side, or part of a name."`
	Kind string `query:"kind" maxLength:"20" doc:"organization, device, alert or contact."`
},
) (*response[list[store.FoundLink]], error) {
	query := store.LinkQuery{Text: in.Text, Limit: in.Limit + 1}
	if in.Kind != "" {
		var err error
		if query.Kind, err = operate.ParseKind(in.Kind); err != nil {
			return nil, &operate.InvalidError{Member: "query.kind", Reason: err.Error()}
		}
	}
	ctx, err := a.bind(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	offset, err := numberIn("records", in.Cursor)
	if err != nil {
		return nil, err
	}
	query.Offset = int(offset)
	found, _, err := a.store.SearchLinks(ctx, in.Name, query)
	if err != nil {
		return nil, err
	}
	return pageOf("records", found, offset, in.Limit), nil
}

// record is a record with its history. Link is null for a record that has only a history.
type record struct {
	Link    *store.FoundLink  `json:"link"`
	History []store.LinkEvent `json:"history"`
}

func (a *API) record(ctx context.Context, _ operate.Actor, in *RecordPath) (*response[record], error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	if ctx, err = a.bind(ctx, in.Name); err != nil {
		return nil, err
	}
	found, _, err := a.store.SearchLinks(ctx, key.Connection, store.LinkQuery{Kind: key.Kind, NinjaID: key.NinjaID})
	if err != nil {
		return nil, err
	}
	shown := record{}
	if shown.History, err = a.store.LinkHistory(ctx, key); err != nil {
		return nil, err
	}
	if shown.History == nil {
		shown.History = []store.LinkEvent{}
	}
	if len(found) > 0 {
		shown.Link = &found[0]
	}
	if shown.Link == nil && len(shown.History) == 0 {
		return nil, &operate.NotFoundError{What: in.Kind, Reason: fmt.Sprintf("%s %s not found", key.Kind, key.NinjaID)}
	}
	return respond(shown), nil
}

func (a *API) sync(ctx context.Context, actor operate.Actor, in *RecordPath) (*response[startedWorkflow], error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	synced, err := a.operator.SyncRecord(ctx, actor, key)
	return respond(startedWorkflow{WorkflowID: synced.WorkflowID}), err
}

func (a *API) relink(ctx context.Context, actor operate.Actor, in *struct {
	RecordPath
	Body struct {
		AcceloID int64 `json:"accelo_id" doc:"The company, asset or request: the number in its page's URL."`
	}
},
) (*response[corrections.Result], error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	result, err := a.operator.Relink(ctx, actor, operate.Relink{Key: key, AcceloID: in.Body.AcceloID})
	return respond(result), err
}

func (a *API) unlink(ctx context.Context, actor operate.Actor, in *RecordPath) (*response[corrections.Result], error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	result, err := a.operator.Unlink(ctx, actor, key)
	return respond(result), err
}
