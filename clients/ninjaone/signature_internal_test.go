package ninjaone

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The signatures are those documented (ninjaone.md 2.2); the first example is NinjaOne's own.
func TestSignature(t *testing.T) {
	t.Parallel()
	const secret = "eh14c4ngchhu6283he03j6o7ar2fcuca0example"
	date := time.Date(2016, 5, 1, 6, 51, 10, 0, time.UTC).Format(http.TimeFormat)
	require.Equal(t, "Sun, 01 May 2016 06:51:10 GMT", date)
	for _, test := range []struct{ name, method, contentType, path, want string }{
		{name: "NinjaOne's example", method: "GET", contentType: "", path: "/v1/customers", want: "rEZWuXR0X1wX3autLTHIl2zX98I="},
		{name: "devices", method: "GET", contentType: "", path: "/v1/devices", want: "714SabSzeV2NYdeXJj7J9IKL3Lw="},
		{name: "alerts since", method: "GET", contentType: "", path: "/v1/alerts/since/1041", want: "7P89Ubs43Y6pX/3OfPWkBJ5MGvs="},
		{name: "delete alert", method: "DELETE", contentType: "", path: "/v1/alerts/1042", want: "UN8791wgduZQjzBgHahCjlXyBLE="},
		{name: "v2 organizations", method: "GET", contentType: "", path: "/v2/organizations", want: "7R1xhb41S4XTrJWNkeIKG+4EDAo="},
		{name: "v2 alerts", method: "GET", contentType: "", path: "/v2/alerts", want: "2xF5tc0ew3IMFVYEmGsmPyo5lII="},
		{name: "v2 delete alert", method: "DELETE", contentType: "", path: "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc", want: "j+KZNzk4F0MdrHrf4y8Argnj4co="},
		{name: "v2 reset alert", method: "POST", contentType: "application/json", path: "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc/reset", want: "yXy0gIoXLFG1XuXnSCPCDxQTY30="},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, sign(secret, test.method, "", test.contentType, date, test.path))
		})
	}
}
