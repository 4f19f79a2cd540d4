package accelo

import (
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

func (s *Simulator) requestActions() []lab.Action {
	onRequest := func(name, title string, do func(id int64) error) lab.Action {
		return lab.NewChange(groupRequests, name, title, []lab.Field{lab.RequiredInt("id")}, func(in *lab.Input) error { return do(id(in, "id")) })
	}
	return []lab.Action{
		lab.NewChange(groupRequests, "claim-request", "Claim a request", []lab.Field{lab.RequiredInt("id"), lab.RequiredInt("staff")},
			func(in *lab.Input) error { return s.ClaimRequest(id(in, "id"), id(in, "staff")) }).
			WithHelp("Staff 0 releases the request."),
		onRequest("close-request", "Close a request", s.CloseRequest),
		onRequest("reopen-request", "Reopen a request", s.ReopenRequest),
		onRequest("delete-request", "Delete a request", s.DeleteRequest),
		lab.NewAction(groupRequests, "convert-request", "Convert a request",
			[]lab.Field{lab.RequiredInt("id"), lab.Required("target", "issue", "job", "prospect")},
			func(in *lab.Input) (any, error) { return s.ConvertRequest(id(in, "id"), in.Text("target")) }).
			WithHelp("Creates the new object and sends update_request_status."),
		lab.NewChange(groupRequests, "edit-request", "Edit a request",
			[]lab.Field{lab.RequiredInt("id"), lab.Optional("title"), lab.Optional("body"), lab.OptionalInt("type_id"), lab.OptionalInt("affiliation_id")},
			func(in *lab.Input) error {
				return s.EditRequest(id(in, "id"), RequestEdit{
					Title: optionalText(in, "title"), Body: optionalText(in, "body"),
					TypeID: optionalID(in, "type_id"), AffiliationID: optionalID(in, "affiliation_id"),
				})
			}).WithHelp("Empty fields stay unchanged. Sends no event."),
		lab.NewAction(groupRequests, "add-request", "Add a request",
			[]lab.Field{lab.RequiredInt("type_id"), lab.RequiredInt("affiliation_id"), lab.Required("title"), lab.Optional("body")},
			func(in *lab.Input) (any, error) {
				return s.AddRequest(id(in, "type_id"), id(in, "affiliation_id"), in.Text("title"), in.Text("body"))
			}).WithHelp("As if the contact had sent an email."),
		lab.NewAction(groupRequests, "add-request-type", "Add a request type", []lab.Field{lab.Required("title")},
			func(in *lab.Input) (any, error) { return s.AddRequestType(in.Text("title")) }),
		lab.NewAction(groupRequests, "add-note", "Add a note",
			[]lab.Field{
				lab.OptionalInt("staff"), lab.Required("against_type"), lab.RequiredInt("against_id"), lab.Required("subject"),
				lab.Optional("body"), lab.Optional("visibility", "all", "confidential", "private"),
			},
			func(in *lab.Input) (any, error) {
				visibility := in.Text("visibility")
				if visibility == "" {
					visibility = "all"
				}
				return s.AddNote(id(in, "staff"), in.Text("against_type"), id(in, "against_id"), in.Text("subject"), in.Text("body"), visibility)
			}),
	}
}

func (s *Simulator) assetActions() []lab.Action {
	values := lab.Field{Name: "values", Placeholder: "NAME=VALUE, …", Type: lab.FieldList}
	options := lab.Field{Name: "options", Placeholder: "values of a select field", Type: lab.FieldList}
	return []lab.Action{
		lab.NewAction(groupAssets, "add-asset-type", "Add an asset type", []lab.Field{lab.Required("title")},
			func(in *lab.Input) (any, error) { return s.AddAssetType(in.Text("title")) }),
		lab.NewAction(groupAssets, "add-asset-field", "Add a custom field",
			[]lab.Field{lab.Required("type"), lab.Required("name"), lab.Required("field_type", fieldTypes[extensions]...), options},
			func(in *lab.Input) (any, error) {
				return s.AddAssetField(in.Text("type"), in.Text("name"), in.Text("field_type"), in.Texts("options")...)
			}).WithHelp("The type is the title or the ID of an asset type."),
		lab.NewAction(groupAssets, "add-asset", "Add an asset",
			[]lab.Field{lab.Required("type"), lab.RequiredInt("company_id"), lab.Required("title"), values},
			func(in *lab.Input) (any, error) {
				fields := map[string]string{}
				for _, pair := range in.Texts("values") {
					name, value, _ := strings.Cut(pair, "=")
					fields[name] = value
				}
				return s.AddAsset(in.Text("type"), id(in, "company_id"), in.Text("title"), fields)
			}).WithHelp("As Accelo's CSV import does. The type is the title or the ID of an asset type."),
		lab.NewChange(groupAssets, "edit-asset-title", "Rename an asset", []lab.Field{lab.RequiredInt("id"), lab.Required("title")},
			func(in *lab.Input) error { return s.RenameAsset(id(in, "id"), in.Text("title")) }),
		lab.NewChange(groupAssets, "edit-asset-value", "Edit a custom field of an asset",
			[]lab.Field{lab.RequiredInt("id"), lab.Required("field"), lab.Optional("value")},
			func(in *lab.Input) error { return s.EditAssetValue(id(in, "id"), in.Text("field"), in.Text("value")) }),
		lab.NewChange(groupAssets, "move-asset", "Move an asset", []lab.Field{lab.RequiredInt("id"), lab.RequiredInt("company_id")},
			func(in *lab.Input) error { return s.MoveAsset(id(in, "id"), id(in, "company_id")) }),
		lab.NewChange(groupAssets, "choose-asset-contact", "Change an asset's contact",
			[]lab.Field{lab.RequiredInt("id"), lab.RequiredInt("affiliation_id")},
			func(in *lab.Input) error { return s.SetAssetContact(id(in, "id"), id(in, "affiliation_id")) }).
			WithHelp("The affiliation must belong to the asset's company."),
		lab.NewChange(groupAssets, "delete-asset", "Delete an asset", []lab.Field{lab.RequiredInt("id")},
			func(in *lab.Input) error { return s.DeleteAsset(id(in, "id")) }),
	}
}
