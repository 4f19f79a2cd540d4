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

// Headers and the event of contract accelo 10.3 and 10.4.
const (
	signatureHeader = "X-Hub-Signature"
	eventHeader     = "X-Accelo-Event"
	requestStatus   = "update_request_status"
)

// accelo takes a delivery of Accelo's: which object an event is about, and no more (contract accelo 10.4). Both factors have
// to be right, the token in the path and the signature: one that is missing is refused, as every subscription has a secret.
func (r *Receiver) accelo(ctx context.Context, d *delivery) (outcome, error) {
	secrets, err := r.secrets(ctx, d.connection)
	if err != nil {
		return unavailable, err
	}
	if !recognized(d.request.PathValue("token"), secrets.AcceloTokens) {
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
		return invalid, errors.New("the body is neither JSON nor a form with the id of an object")
	}
	d.note("object_id", id)
	if !aboutRequestStatus(d.request.Header.Get(eventHeader), id, resource) {
		return ignored, nil
	}
	ctx, cancel := context.WithTimeout(ctx, flowsTime)
	defer cancel()
	if err := r.flows.RequestChanged(ctx, flow.RequestClosedInput{Connection: d.connection, RequestID: id}); err != nil {
		return unavailable, fmt.Errorf("the change of request %d could not be made durable: %w", id, err)
	}
	return accepted, nil
}

// checkSignature returns why the delivery is not taken for one of Accelo's.
func (r *Receiver) checkSignature(ctx context.Context, d *delivery, body []byte, keys []string) error {
	header := d.request.Header.Get(signatureHeader)
	if header == "" {
		// Only a connection without any key does without a signature.
		if strings.Join(keys, "") == "" {
			return nil
		}
		return errors.New("the header " + signatureHeader + " is missing")
	}
	sent, err := parseSignature(header)
	if err != nil {
		return err
	}
	if !sent.signs(body, keys) {
		return errors.New("the " + sent.algorithm + " signature is wrong")
	}
	r.firstSignature.Do(func() {
		r.logger.InfoContext(ctx, "first signature of Accelo accepted",
			"connection", d.connection, "algorithm", sent.algorithm, "prefix", sent.prefix)
	})
	return nil
}

// parseEvent reads the id and the URL of the object. The body itself tells JSON from a form: neither can begin like the
// other, and a wrong Content-Type then does no harm. The id comes as a string or as a number.
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
	// 63 bits, and no sign.
	parsed, err := strconv.ParseUint(event.ID.String(), 10, 63)
	if err != nil || parsed == 0 {
		return 0, "", false
	}
	return int64(parsed), event.Resource, true
}

// aboutRequestStatus goes by the event's name, and where there is none, as some proxy may drop the header, by the object.
func aboutRequestStatus(event string, id int64, resource string) bool {
	if event != "" {
		return event == requestStatus
	}
	target, err := url.Parse(resource)
	return err == nil && strings.HasSuffix(strings.TrimRight(target.Path, "/"), "/requests/"+strconv.FormatInt(id, 10))
}
