package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// attachAsset links the asset to what the incident's request is by now, once: to the request, or to what it was converted to. The
// incident says whether that has been done, so that whoever comes first does it and nobody looks again.
func (a *Activities) attachAsset(ctx context.Context, c Connection, incident store.Incident, assetID int64, alert rules.Alert) (string, error) {
	switch {
	case incident.ConversionID != 0:
		return a.attachToConversion(ctx, c, incident)
	case incident.AssetLinked:
		return "", nil
	}
	done, err := a.attachToRequest(ctx, c, incident.RequestID, assetID, alert)
	if err != nil {
		return "", err
	}
	return "; " + done, a.store.AssetLinked(ctx, incident.ID, incident.RequestID)
}

// attachToRequest links the asset to a request. Where the API refuses, the device is named in a note, and linked when the request
// is converted.
func (a *Activities) attachToRequest(ctx context.Context, c Connection, requestID, assetID int64, alert rules.Alert) (string, error) {
	able, words := c.Settings.Capabilities.LinkAssetsToRequests, c.words()
	done, about := "device noted on the "+words.Request.One(), fmt.Sprintf("%s: %d", words.Asset.Singular, assetID)
	if assetID == 0 {
		about = "The device is not in Accelo yet."
	}
	if assetID != 0 && (able == nil || *able) {
		linked, deleted, err := a.linkToRequest(ctx, c, assetID, requestID)
		switch {
		case err != nil:
			return "", err
		case linked:
			return words.Asset.One() + " linked", nil
		case deleted:
			done += "; " + assetDeleted(c, strconv.Itoa(alert.DeviceID), assetID).Error()
			about = fmt.Sprintf("Its %s was deleted in Accelo.", words.Asset.One())
		}
	}
	return done, a.noteOnce(ctx, c, accelo.Note{
		AgainstType: requestObject, AgainstID: accelo.ID(requestID), Subject: "Affected device: " + rules.Truncate(alert.DeviceName, 200),
		Body: "Device page: " + ninjaone.DevicePageURL(c.NinjaoneURL, alert.DeviceID) + "\n" + about + "\n",
	})
}

// linkToRequest tries to link an asset, tells whether it is refused because people have deleted it, and remembers at the first
// time whether the deployment has such a call at all.
func (a *Activities) linkToRequest(ctx context.Context, c Connection, assetID, requestID int64) (linked, deleted bool, err error) {
	words := c.words()
	err = a.linkOnce(ctx, c, assetID, requestObject, requestID)
	if err != nil && !accelo.IsInvalidRequest(err) {
		return false, false, fmt.Errorf("link %s %d to %s %d: %w", words.Asset.One(), assetID, words.Request.One(), requestID, err)
	}
	if linked = err == nil; !linked {
		exists, err := assetExists(ctx, c, assetID)
		if err != nil || !exists {
			return false, err == nil, err
		}
	}
	if c.Settings.Capabilities.LinkAssetsToRequests != nil { // it has worked before: it is the request that is gone
		return linked, false, nil
	}
	return linked, false, a.store.Learn(ctx, c.Name, "link_assets_to_requests", linked)
}

// attachToConversion links the device's asset to what the request became, where that can have assets (contract accelo 8.4) and
// there is one: else it is done when there is. People may have linked it themselves.
func (a *Activities) attachToConversion(ctx context.Context, c Connection, incident store.Incident) (string, error) {
	became, id := incident.ConversionType, incident.ConversionID
	if incident.AssetLinked || id == 0 || !rules.TakesAssets(became) {
		return "", nil
	}
	device, err := a.linkOrNil(ctx, store.KeyOf(c.Name, store.Devices, incident.DeviceID))
	if err != nil || linkedAsset(device) == 0 {
		return "", err
	}
	words := c.words()
	there, err := hasAsset(ctx, c, device.AcceloID, became, id)
	if err != nil {
		return "", fmt.Errorf("read the %s of %s %d: %w", words.Asset.Many(), words.Object(became), id, err)
	}
	if !there {
		if _, err := c.Accelo.CreateAssetLink(ctx, accelo.ID(device.AcceloID), became, accelo.ID(id), ""); err != nil {
			err = whyRefused(ctx, c, *device, err)
			if said := (*refusal)(nil); errors.As(err, &said) { // the alert is reset all the same
				return "; " + said.Error(), nil
			}
			return "", fmt.Errorf("link %s %d to %s %d: %w", words.Asset.One(), device.AcceloID, words.Object(became), id, err)
		}
	}
	return fmt.Sprintf("; its %s is linked", words.Asset.One()), a.store.AssetLinked(ctx, incident.ID, id)
}

// linkOnce links an asset; a repeated attempt first looks whether an earlier one went through.
func (a *Activities) linkOnce(ctx context.Context, c Connection, assetID int64, objectType string, objectID int64) error {
	if activity.GetInfo(ctx).Attempt > 1 {
		there, err := hasAsset(ctx, c, assetID, objectType, objectID)
		if err != nil && !accelo.IsInvalidRequest(err) || there {
			return err
		}
	}
	_, err := c.Accelo.CreateAssetLink(ctx, accelo.ID(assetID), objectType, accelo.ID(objectID), "")
	return err
}

// hasAsset tells whether an asset is linked to an object.
func hasAsset(ctx context.Context, c Connection, assetID int64, objectType string, objectID int64) (bool, error) {
	links, err := c.Accelo.AssetLinks(ctx, objectType, accelo.ID(objectID))
	return slices.ContainsFunc(links, func(link accelo.AssetLink) bool { return int64(link.AssetID) == assetID }), err
}
