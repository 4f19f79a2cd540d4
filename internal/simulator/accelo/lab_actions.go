package accelo

import "ninjaone-accelo/internal/simulator/lab"

// The console's groups of actions.
const (
	groupCompanies  = "Companies and contacts"
	groupRequests   = "Requests"
	groupAssets     = "Assets"
	groupDeployment = "Deployment"
)

// actions returns the actions of the console and of POST /_lab/{action}; doc.go lists them.
func (s *Simulator) actions() []lab.Action {
	all := s.companyActions()
	all = append(all, s.contactActions()...)
	all = append(all, s.requestActions()...)
	all = append(all, s.assetActions()...)
	all = append(all, s.signInActions()...)
	return append(all, s.deploymentActions()...)
}

// id returns a member that holds an ID.
func id(in *lab.Input, name string) int64 { return int64(in.Int(name)) }

// optionalText returns a member as text, or nil if it is absent.
func optionalText(in *lab.Input, name string) *string {
	if !in.Has(name) {
		return nil
	}
	text := in.Text(name)
	return &text
}

func optionalID(in *lab.Input, name string) *int64 {
	if !in.Has(name) {
		return nil
	}
	value := id(in, name)
	return &value
}

var companyStandings = []string{"active", "inactive", "interested", "potential"}

func (s *Simulator) companyActions() []lab.Action {
	return []lab.Action{
		lab.NewAction(groupCompanies, "add-company", "Add a company",
			[]lab.Field{lab.Required("name"), lab.Optional("standing", companyStandings...)},
			func(in *lab.Input) (any, error) { return s.AddCompany(in.Text("name"), in.Text("standing")) }),
		lab.NewChange(groupCompanies, "rename-company", "Rename a company", []lab.Field{lab.RequiredInt("id"), lab.Required("name")},
			func(in *lab.Input) error { return s.RenameCompany(id(in, "id"), in.Text("name")) }),
		lab.NewChange(groupCompanies, "edit-company-comments", "Edit a company's comments",
			[]lab.Field{lab.RequiredInt("id"), lab.Optional("comments")},
			func(in *lab.Input) error { return s.EditCompanyComments(id(in, "id"), in.Text("comments")) }),
		lab.NewChange(groupCompanies, "set-company-standing", "Change a company's standing",
			[]lab.Field{lab.RequiredInt("id"), lab.Required("standing", companyStandings...)},
			func(in *lab.Input) error { return s.SetCompanyStanding(id(in, "id"), in.Text("standing")) }),
		lab.NewChange(groupCompanies, "merge-companies", "Merge two companies", []lab.Field{lab.RequiredInt("from"), lab.RequiredInt("into")},
			func(in *lab.Input) error { return s.MergeCompanies(id(in, "from"), id(in, "into")) }).
			WithHelp("The records of the first company move to the second, and the first is deleted."),
		lab.NewChange(groupCompanies, "delete-company", "Delete a company", []lab.Field{lab.RequiredInt("id")},
			func(in *lab.Input) error { return s.DeleteCompany(id(in, "id")) }),
	}
}

func (s *Simulator) contactActions() []lab.Action {
	return []lab.Action{
		lab.NewAction(groupCompanies, "add-contact", "Add a contact",
			[]lab.Field{lab.RequiredInt("company_id"), lab.Required("firstname"), lab.Required("surname"), lab.Optional("email")},
			func(in *lab.Input) (any, error) {
				contact, affiliation, err := s.AddContact(id(in, "company_id"), in.Text("firstname"), in.Text("surname"), in.Text("email"))
				return map[string]any{"contact": contact, "affiliation": affiliation}, err
			}),
		lab.NewChange(groupCompanies, "edit-contact", "Edit a contact",
			[]lab.Field{lab.RequiredInt("id"), lab.Optional("firstname"), lab.Optional("surname"), lab.Optional("email")},
			func(in *lab.Input) error {
				return s.EditContact(id(in, "id"), ContactEdit{
					Firstname: optionalText(in, "firstname"), Surname: optionalText(in, "surname"), Email: optionalText(in, "email"),
				})
			}).WithHelp("Empty fields stay unchanged."),
		lab.NewChange(groupCompanies, "delete-contact", "Delete a contact", []lab.Field{lab.RequiredInt("id")},
			func(in *lab.Input) error { return s.DeleteContact(id(in, "id")) }),
	}
}
