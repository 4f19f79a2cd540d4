package ninjaone

import "ninjaone-accelo/internal/simulator/lab"

const groupSignIn = "Signing in"

// signInActions are what administrators change about applications, and what time does to tokens.
func (s *Simulator) signInActions() []lab.Action {
	list := func(name string) lab.Field {
		return lab.Field{Name: name, Placeholder: "separated by commas", Type: lab.FieldList}
	}
	return []lab.Action{
		lab.NewChange(groupSignIn, "apps/update", "Change an application",
			[]lab.Field{lab.Required("client_id"), list("redirect_uris"), list("scopes"), list("grants")},
			func(in *lab.Input) error {
				return s.UpdateApp(in.Text("client_id"), func(a *App) {
					for name, target := range map[string]*[]string{"redirect_uris": &a.RedirectURIs, "scopes": &a.Scopes, "grants": &a.Grants} {
						if in.Has(name) {
							*target = in.Texts(name)
						}
					}
				})
			}).WithHelp("As an administrator does under Administration > Apps > API. Empty fields stay unchanged."),
		lab.NewChange(groupSignIn, "tokens/revoke", "Revoke all access tokens", nil, func(*lab.Input) error { s.RevokeTokens(); return nil }),
		lab.NewAction(groupSignIn, "tokens/expire", "Expire access tokens now", nil,
			func(*lab.Input) (any, error) { return expired(s.tokens.access), nil }),
		lab.NewAction(groupSignIn, "refresh-tokens/expire", "Expire refresh tokens now", nil,
			func(*lab.Input) (any, error) { return expired(s.tokens.refresh), nil }).WithHelp("Every authorization ends with its access token."),
		lab.NewAction(groupSignIn, "codes/expire", "Expire authorization codes now", nil,
			func(*lab.Input) (any, error) { return expired(s.tokens.codes), nil }).WithHelp("The fault code-expired does so to future ones."),
	}
}

func expired(secrets *lab.Secrets[grant]) map[string]int {
	return map[string]int{"expired": secrets.ExpireAll()}
}
