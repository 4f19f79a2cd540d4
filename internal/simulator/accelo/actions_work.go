package accelo

import (
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

func (s *Simulator) requestActions() []lab.Action {
	onRequest := func(do func(id int64) error) func(in *lab.Input) (any, error) {
		return func(in *lab.Input) (any, error) {
			request := id(in, "id")
			return done(in, func() error { return do(request) })
		}
	}
	return []lab.Action{
		act(groupRequests, "claim-request", "Claim a request", "staff 0 releases it", []lab.Field{needs("id"), needs("staff")},
			func(in *lab.Input) (any, error) {
				request, staff := id(in, "id"), id(in, "staff")
				return done(in, func() error { return s.ClaimRequest(request, staff) })
			}),
		act(groupRequests, "close-request", "Close a request", "", []lab.Field{needs("id")}, onRequest(s.CloseRequest)),
		act(groupRequests, "reopen-request", "Reopen a request", "", []lab.Field{needs("id")}, onRequest(s.ReopenRequest)),
		act(groupRequests, "delete-request", "Delete a request", "", []lab.Field{needs("id")}, onRequest(s.DeleteRequest)),
		act(groupRequests, "convert-request", "Convert a request", "makes the object and raises update_request_status",
			[]lab.Field{needs("id"), needs("target", "issue", "job", "prospect")},
			func(in *lab.Input) (any, error) {
				request, target := id(in, "id"), in.Text("target")
				return made(in, func() (Work, error) { return s.ConvertRequest(request, target) })
			}),
		act(groupRequests, "edit-request", "Edit a request", "what is left out stays; raises no event",
			[]lab.Field{needs("id"), may("title"), may("body")},
			func(in *lab.Input) (any, error) {
				request, edit := id(in, "id"), RequestEdit{Title: given(in, "title"), Body: given(in, "body")}
				return done(in, func() error { return s.EditRequest(request, edit) })
			}),
		act(groupRequests, "add-request", "Add a request", "as an e-mail does",
			[]lab.Field{needs("type_id"), needs("affiliation_id"), needs("title"), may("body")},
			func(in *lab.Input) (any, error) {
				kind, affiliation, title, body := id(in, "type_id"), id(in, "affiliation_id"), in.Text("title"), in.Text("body")
				return made(in, func() (Request, error) { return s.AddRequest(kind, affiliation, title, body) })
			}),
		act(groupRequests, "add-request-type", "Add a request type", "", []lab.Field{needs("title")},
			func(in *lab.Input) (any, error) {
				title := in.Text("title")
				return made(in, func() (RequestType, error) { return s.AddRequestType(title) })
			}),
		act(groupRequests, "add-note", "Add a note", "",
			[]lab.Field{
				may("staff"), needs("against_type"), needs("against_id"), needs("subject"), may("body"),
				may("visibility", "all", "confidential", "private"),
			},
			func(in *lab.Input) (any, error) {
				staff, kind, against := id(in, "staff"), in.Text("against_type"), id(in, "against_id")
				subject, body, visibility := in.Text("subject"), in.Text("body"), in.Text("visibility")
				if visibility == "" {
					visibility = "all"
				}
				return made(in, func() (Activity, error) { return s.AddNote(staff, kind, against, subject, body, visibility) })
			}),
	}
}

func (s *Simulator) assetActions() []lab.Action {
	return []lab.Action{
		act(groupAssets, "add-asset-type", "Add an asset type", "", []lab.Field{needs("title")},
			func(in *lab.Input) (any, error) {
				title := in.Text("title")
				return made(in, func() (AssetType, error) { return s.AddAssetType(title) })
			}),
		act(groupAssets, "add-asset-field", "Add a custom field to an asset type", "type is a title or an id",
			[]lab.Field{needs("type"), needs("name"), needs("field_type", fieldTypes[extensions]...), may("options")},
			func(in *lab.Input) (any, error) {
				kind, name, fieldType, options := in.Text("type"), in.Text("name"), in.Text("field_type"), in.Texts("options")
				return made(in, func() (CustomField, error) { return s.AddAssetField(kind, name, fieldType, options...) })
			}),
		act(groupAssets, "add-asset", "Add an asset", "as the importer does; type is a title or an id, values a list of NAME=VALUE",
			[]lab.Field{needs("type"), needs("company_id"), needs("title"), may("values")},
			func(in *lab.Input) (any, error) {
				kind, company, title := in.Text("type"), id(in, "company_id"), in.Text("title")
				values := map[string]string{}
				for _, pair := range in.Texts("values") {
					name, value, _ := strings.Cut(pair, "=")
					values[name] = value
				}
				return made(in, func() (Asset, error) { return s.AddAsset(kind, company, title, values) })
			}),
		act(groupAssets, "edit-asset-title", "Rename an asset", "", []lab.Field{needs("id"), needs("title")},
			func(in *lab.Input) (any, error) {
				asset, title := id(in, "id"), in.Text("title")
				return done(in, func() error { return s.EditAssetTitle(asset, title) })
			}),
		act(groupAssets, "move-asset", "Move an asset", "to another company", []lab.Field{needs("id"), needs("company_id")},
			func(in *lab.Input) (any, error) {
				asset, company := id(in, "id"), id(in, "company_id")
				return done(in, func() error { return s.MoveAsset(asset, company) })
			}),
		act(groupAssets, "choose-asset-contact", "Choose an asset's contact", "an affiliation of its company",
			[]lab.Field{needs("id"), needs("affiliation_id")},
			func(in *lab.Input) (any, error) {
				asset, affiliation := id(in, "id"), id(in, "affiliation_id")
				return done(in, func() error { return s.ChooseAssetContact(asset, affiliation) })
			}),
		act(groupAssets, "delete-asset", "Delete an asset", "", []lab.Field{needs("id")},
			func(in *lab.Input) (any, error) {
				asset := id(in, "id")
				return done(in, func() error { return s.DeleteAsset(asset) })
			}),
	}
}
