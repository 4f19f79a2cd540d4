package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// createDeviceType returns an asset type with two fields, created by the client if the deployment supports it and by hand
// otherwise.
func (d deployment) createDeviceType(t *testing.T, mode simulator.Mode) (accelo.AssetType, []accelo.AssetField) {
	t.Helper()
	ctx := t.Context()
	const title = "NinjaOne Device"
	_, err := d.CreateAssetType(ctx, title)
	if mode == simulator.ModeDocumented {
		require.True(t, accelo.IsUnrecognizedEndpoint(err))
		_, err = d.sim.AddAssetType(title)
	}
	require.NoError(t, err)
	types, err := d.AssetTypes(ctx)
	require.NoError(t, err)
	var created accelo.AssetType
	for _, assetType := range types {
		if assetType.Title == title {
			created = assetType
		}
	}
	require.NotZero(t, created.ID)
	for name, fieldType := range map[string]string{"dns_name": "text", "last_online": "date_time"} {
		_, err := d.CreateAssetField(ctx, created.ID, name, fieldType)
		if mode == simulator.ModeDocumented {
			require.True(t, accelo.IsUnrecognizedEndpoint(err))
			_, err = d.sim.AddAssetField(title, name, fieldType)
		}
		require.NoError(t, err)
	}
	fields, err := d.AssetFields(ctx, created.ID)
	require.NoError(t, err)
	require.Len(t, fields, 2)
	return created, fields
}

// Assets are created, found, changed and moved, as far as the deployment supports it.
func TestContractAssets(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d deployment, mode simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		assetType, fields := d.createDeviceType(t, mode)
		company := allRows(t, d.Companies(ctx, accelo.CompanyQuery{}))[0]
		canCreate, err := d.ProbeCreateAssets(ctx)
		require.NoError(t, err)
		require.Equal(t, mode != simulator.ModeDocumented, canCreate)

		values := map[accelo.ID]accelo.FieldValue{}
		for _, field := range fields {
			values[field.ID] = "1700000000"
		}
		asset, err := d.CreateAsset(ctx, accelo.NewAsset{
			Title: "WS-1 (Zug), 2", TypeID: assetType.ID, CompanyID: company.ID, AffiliationID: company.DefaultAffiliation, Fields: values,
		})
		if !canCreate {
			require.True(t, accelo.IsUnrecognizedEndpoint(err))
			imported, err := d.sim.AddAsset(assetType.Title, int64(company.ID), "WS-1 (Zug), 2", nil)
			require.NoError(t, err)
			asset, err = d.Asset(ctx, accelo.ID(imported.ID))
			require.NoError(t, err)
		} else {
			require.NoError(t, err)
			require.Equal(t, company.DefaultAffiliation, asset.AffiliationID)
		}
		require.Equal(t, company.ID, asset.CompanyID())
		require.Equal(t, assetType.ID, asset.TypeID)

		set, err := d.AssetValues(ctx, asset.ID)
		require.NoError(t, err)
		require.Equal(t, mode == simulator.ModeOpen, len(set) == 2)
		d.setEveryField(t, asset, fields)

		found, err := d.SearchAssets(ctx, accelo.AssetSearch{TypeID: assetType.ID, CompanyID: company.ID, Title: "ws-1 (ZUG),  2"})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Len(t, allRows(t, d.Assets(ctx, accelo.AssetQuery{TypeID: assetType.ID})), 1)
		require.Empty(t, allRows(t, d.Assets(ctx, accelo.AssetQuery{TypeID: assetType.ID, AfterID: asset.ID})))

		title, other := "WS-2", allRows(t, d.Companies(ctx, accelo.CompanyQuery{}))[1].ID
		moved, err := d.UpdateAsset(ctx, asset.ID, accelo.AssetChange{Title: &title, CompanyID: &other})
		require.NoError(t, err)
		require.Equal(t, "WS-2", moved.Title)
		require.Equal(t, canCreate, moved.CompanyID() == other)
	})
}

// setEveryField sets and changes each field and reads the values back.
func (d deployment) setEveryField(t *testing.T, asset accelo.Asset, fields []accelo.AssetField) {
	t.Helper()
	for _, field := range fields {
		value, err := d.SetAssetField(t.Context(), asset.ID, field, "1710000000")
		require.NoError(t, err)
		require.Equal(t, field.ID, value.FieldID)
		value, err = d.UpdateAssetValue(t.Context(), asset.ID, value.ID, field.Type, "1720000000")
		require.NoError(t, err)
		require.Equal(t, "1720000000", value.Value)
	}
	values, err := d.AssetValues(t.Context(), asset.ID)
	require.NoError(t, err)
	require.Len(t, values, len(fields))
	for _, value := range values {
		require.Equal(t, "1720000000", value.Value)
		require.NotZero(t, value.FieldID)
	}
}
