package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// deviceType is an asset type with two fields: made by the client where the deployment can, else by a person.
func (d deployment) deviceType(t *testing.T, mode simulator.Mode) (accelo.AssetType, []accelo.AssetField) {
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
	var made accelo.AssetType
	for _, one := range types {
		if one.Title == title {
			made = one
		}
	}
	require.NotZero(t, made.ID)
	require.True(t, bool(made.HasAffiliation))
	for name, fieldType := range map[string]string{"dns_name": accelo.FieldText, "last_online": accelo.FieldDateTime} {
		_, err := d.CreateAssetField(ctx, made.ID, name, fieldType)
		if mode == simulator.ModeDocumented {
			require.True(t, accelo.IsUnrecognizedEndpoint(err))
			_, err = d.sim.AddAssetField(title, name, fieldType)
		}
		require.NoError(t, err)
	}
	fields, err := d.AssetFields(ctx, made.ID)
	require.NoError(t, err)
	require.Len(t, fields, 2)
	return made, fields
}

// Assets, in each of the three ways in which a deployment may take them.
func TestContractAssets(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, d deployment, mode simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		kind, fields := d.deviceType(t, mode)
		company := collect(t, d.Companies(ctx, accelo.CompanyQuery{}))[0]
		able, err := d.ProbeCreateAssets(ctx)
		require.NoError(t, err)
		require.Equal(t, mode != simulator.ModeDocumented, able)

		values := map[accelo.ID]accelo.FieldValue{}
		for _, field := range fields {
			values[field.ID] = "1700000000"
		}
		asset, err := d.CreateAsset(ctx, accelo.NewAsset{
			Title: "WS-1 (Zug), 2", TypeID: kind.ID, CompanyID: company.ID, AffiliationID: company.DefaultAffiliation, Fields: values,
		})
		if !able {
			require.True(t, accelo.IsUnrecognizedEndpoint(err))
			imported, err := d.sim.AddAsset(kind.Title, int64(company.ID), "WS-1 (Zug), 2", nil)
			require.NoError(t, err)
			asset, err = d.Asset(ctx, accelo.ID(imported.ID))
			require.NoError(t, err)
		} else {
			require.NoError(t, err)
			require.Equal(t, company.DefaultAffiliation, asset.AffiliationID)
		}
		require.Equal(t, company.ID, asset.CompanyID())
		require.Equal(t, kind.ID, asset.TypeID)

		set, err := d.AssetValues(ctx, asset.ID)
		require.NoError(t, err)
		require.Equal(t, mode == simulator.ModeOpen, len(set) == 2)
		d.setEveryField(t, asset, fields)

		found, err := d.SearchAssets(ctx, accelo.AssetSearch{TypeID: kind.ID, CompanyID: company.ID, Title: "ws-1 (ZUG),  2"})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Len(t, collect(t, d.Assets(ctx, accelo.AssetQuery{TypeID: kind.ID})), 1)
		require.Empty(t, collect(t, d.Assets(ctx, accelo.AssetQuery{TypeID: kind.ID, AfterID: asset.ID})))

		title, other := "WS-2", collect(t, d.Companies(ctx, accelo.CompanyQuery{}))[1].ID
		moved, err := d.UpdateAsset(ctx, asset.ID, accelo.AssetChange{Title: &title, CompanyID: &other})
		require.NoError(t, err)
		require.Equal(t, "WS-2", moved.Title)
		require.Equal(t, able, moved.CompanyID() == other)
	})
}

// setEveryField sets and changes each field, one call per value as documented, and reads them back.
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
