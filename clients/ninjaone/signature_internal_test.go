package ninjaone

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The vectors of contract ninjaone 2.2.3; the first is the vendor's own.
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	const secret = "eh14c4ngchhu6283he03j6o7ar2fcuca0example"
	date := time.Date(2016, 5, 1, 6, 51, 10, 0, time.UTC).Format(http.TimeFormat)
	require.Equal(t, "Sun, 01 May 2016 06:51:10 GMT", date)
	for _, test := range []struct{ name, method, contentType, path, want string }{
		{"vendor's example", "GET", "", "/v1/customers", "rEZWuXR0X1wX3autLTHIl2zX98I="},
		{"devices", "GET", "", "/v1/devices", "714SabSzeV2NYdeXJj7J9IKL3Lw="},
		{"alerts since", "GET", "", "/v1/alerts/since/1041", "7P89Ubs43Y6pX/3OfPWkBJ5MGvs="},
		{"delete alert", "DELETE", "", "/v1/alerts/1042", "UN8791wgduZQjzBgHahCjlXyBLE="},
		{"v2 organizations", "GET", "", "/v2/organizations", "7R1xhb41S4XTrJWNkeIKG+4EDAo="},
		{"v2 alerts", "GET", "", "/v2/alerts", "2xF5tc0ew3IMFVYEmGsmPyo5lII="},
		{"v2 delete alert", "DELETE", "", "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc", "j+KZNzk4F0MdrHrf4y8Argnj4co="},
		{"v2 reset alert", "POST", "application/json", "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc/reset", "yXy0gIoXLFG1XuXnSCPCDxQTY30="},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, sign(secret, test.method, "", test.contentType, date, test.path))
		})
	}
}
