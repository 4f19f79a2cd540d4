package accelo

import (
	"context"

	"ninjaone-accelo/internal/simulator/lab"
)

const groupSignIn = "Logging in"

// signInActions are what the owner of the web application changes, what time does to tokens, and trials.
func (s *Simulator) signInActions() []lab.Action {
	trial := []lab.Field{
		lab.Required("company"), lab.Required("firstname"), lab.Required("surname"), lab.Required("email"), lab.Required("password"),
		{Name: "deployment", Placeholder: "made from the company's name if empty"},
	}
	return []lab.Action{
		lab.NewAction(groupSignIn, "sign-up", "Sign up for a trial", trial, func(in *lab.Input) (any, error) {
			return s.SignUp(context.Background(), SignUp{
				Company: in.Text("company"), Firstname: in.Text("firstname"), Surname: in.Text("surname"),
				Email: in.Text("email"), Password: in.Text("password"), Deployment: in.Text("deployment"),
			})
		}).WithHelp("As on the page /signup/: creates a deployment with an address of its own."),
		lab.NewChange(groupSignIn, "end-trial", "End a trial", []lab.Field{lab.Required("deployment")},
			func(in *lab.Input) error { return s.EndTrial(in.Text("deployment")) }),
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
