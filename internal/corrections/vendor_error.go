package corrections

import (
	"errors"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
)

// VendorOf returns the vendor whose answer, or whose silence, is the error, or "" if neither's is.
func VendorOf(err error) string {
	switch {
	case is[*ninjaone.APIError](err), is[*ninjaone.TransportError](err), is[*ninjaone.ResponseError](err):
		return "NinjaOne"
	case is[*accelo.APIError](err), is[*accelo.TransportError](err), is[*accelo.TokenError](err), is[*accelo.BudgetError](err):
		return "Accelo"
	}
	return ""
}

func is[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}
