package accelo

import "ninjaone-accelo/internal/simulator/lab"

const groupSignIn = "Logging in"

// signInActions are what the owner of the web application changes, and what time does to tokens.
func (s *Simulator) signInActions() []lab.Action {
	return []lab.Action{
		lab.NewChange(groupSignIn, "set-redirect-uris", "Change the redirect URIs",
			[]lab.Field{{Name: "redirect_uris", Placeholder: "separated by commas", Type: lab.FieldList}},
			func(in *lab.Input) error { s.SetRedirectURIs(in.Texts("redirect_uris")...); return nil }).
			WithHelp("As the owner of the web application does under Configuration > API."),
		lab.NewAction(groupSignIn, "revoke-tokens", "Revoke all access tokens", nil,
			func(*lab.Input) (any, error) { return map[string]int{"revoked": s.RevokeTokens()}, nil }),
		lab.NewAction(groupSignIn, "expire-access-tokens", "Expire access tokens now", nil,
			func(*lab.Input) (any, error) { return map[string]int{"expired": s.auth.access.ExpireAll()}, nil }).
			WithHelp("Their refresh tokens end with them, unless refresh_outlives_access is on."),
		lab.NewAction(groupSignIn, "expire-refresh-tokens", "Expire refresh tokens now", nil,
			func(*lab.Input) (any, error) { return map[string]int{"expired": s.auth.refresh.ExpireAll()}, nil }),
		lab.NewAction(groupSignIn, "expire-codes", "Expire authorization codes now", nil,
			func(*lab.Input) (any, error) { return map[string]int{"expired": s.auth.codes.ExpireAll()}, nil }).
			WithHelp("The fault code-expired does so to future ones."),
	}
}
