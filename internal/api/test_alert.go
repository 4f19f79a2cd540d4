package api

import (
	"context"
	"net/http"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
)

func (a *API) registerTestAlert() {
	const tag, path = "Alerts", "/api/v1/connections/{name}/test-alert"
	answer := func(do func(context.Context, operate.Actor, string) (flow.TestAlertResult, error)) func(
		context.Context, operate.Actor, *ConnectionPath) (*response[flow.TestAlertResult], error) {
		return func(ctx context.Context, actor operate.Actor, in *ConnectionPath) (*response[flow.TestAlertResult], error) {
			result, err := do(ctx, actor, in.Name)
			return respond(result), err
		}
	}
	register(a, operation(http.MethodPost, path, "Send a test alert through the whole chain", tag, 0), answer(a.operator.SendTestAlert))
	register(a, operation(http.MethodGet, path, "Get the result of the last test alert", tag, 0), answer(a.operator.LastTestAlert))
}
