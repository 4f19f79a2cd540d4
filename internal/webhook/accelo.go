package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/flow"
)

// Headers and the event of accelo.md 10.3 and 10.4.
const (
	signatureHeader = "X-Hub-Signature"
	eventHeader     = "X-Accelo-Event"
	requestStatus   = "update_request_status"
)

// accelo handles a delivery from Accelo, which names an object and no more (accelo.md 10.4). Both the token in the path and the
// signature must be right. A missing signature is rejected, because every subscription has a secret.
func (r *Receiver) accelo(ctx context.Context, d *delivery) (outcome, error) {
	secrets, err := r.secrets(ctx, d.connection)
	if err != nil {
		return unavailable, err
	}
	if !matchesAny(d.request.PathValue("token"), secrets.AcceloTokens) {
		return unauthorized, errors.New("unknown connection, or wrong token in the path")
	}
	body, result, err := d.body()
	if result != "" {
		return result, err
	}
	if err := r.checkSignature(ctx, d, body, secrets.Accelo); err != nil {
		return unauthorized, err
	}
	id, resource, ok := parseEvent(body)
	if !ok {
		return invalid, errors.New("the body is neither JSON nor a form with an object id")
	}
	d.logAttribute("object_id", id)
	if !aboutRequestStatus(d.request.Header.Get(eventHeader), id, resource) {
		return ignored, nil
	}
	ctx = ofPair(ctx, secrets)
	ours, err := r.mayBeOurs(ctx, d.connection, id)
	switch {
	case err != nil:
		return unavailable, err
	case !ours:
		return ignored, nil
	}
	ctx, cancel := context.WithTimeout(ctx, flowsTimeout)
	defer cancel()
	if err := r.flows.RequestChanged(ctx, flow.RequestClosedInput{Connection: d.connection, RequestID: id}); err != nil {
		return unavailable, fmt.Errorf("hand the change of request %d to Temporal: %w", id, err)
	}
	return accepted, nil
}

// mayBeOurs asks the database before Temporal: a deployment reports every change of every request, and most have nothing to do with us.
func (r *Receiver) mayBeOurs(ctx context.Context, connection string, requestID int64) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return r.requests.MayBeOurRequest(ctx, connection, requestID)
}

// checkSignature returns an error unless Accelo signed the body.
func (r *Receiver) checkSignature(ctx context.Context, d *delivery, body []byte, keys []string) error {
	header := d.request.Header.Get(signatureHeader)
	if header == "" {
		// Only a connection without keys needs no signature.
		if strings.Join(keys, "") == "" {
			return nil
		}
		return errors.New("missing " + signatureHeader + " header")
	}
	sent, err := parseSignature(header)
	if err != nil {
		return err
	}
	if !sent.verifies(body, keys) {
		return errors.New("wrong " + sent.algorithm + " signature")
	}
	r.logSignature.Do(func() {
		r.logger.InfoContext(ctx, "accepted the first Accelo signature",
			"connection", d.connection, "algorithm", sent.algorithm, "prefix", sent.prefix)
	})
	return nil
}

// parseEvent reads the object's id and URL. JSON and forms begin differently, so the body decides and a wrong Content-Type is
// harmless. The id is a string or a number.
func parseEvent(body []byte) (id int64, resource string, ok bool) {
	var event struct {
		ID       json.Number `json:"id"`
		Resource string      `json:"resource_url"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		if err := json.Unmarshal(body, &event); err != nil {
			return 0, "", false
		}
	} else {
		form, err := url.ParseQuery(string(bytes.TrimSpace(body)))
		if err != nil {
			return 0, "", false
		}
		event.ID, event.Resource = json.Number(form.Get("id")), form.Get("resource_url")
	}
	// At most 63 bits, and no sign.
	parsed, err := strconv.ParseUint(event.ID.String(), 10, 63)
	if err != nil || parsed == 0 {
		return 0, "", false
	}
	return int64(parsed), event.Resource, true
}

// aboutRequestStatus reports whether the event is a request's change of status. If a proxy dropped the event's name, any event
// about a request counts.
func aboutRequestStatus(event string, id int64, resource string) bool {
	if event != "" {
		return event == requestStatus
	}
	target, err := url.Parse(resource)
	return err == nil && strings.HasSuffix(strings.TrimRight(target.Path, "/"), "/requests/"+strconv.FormatInt(id, 10))
}
