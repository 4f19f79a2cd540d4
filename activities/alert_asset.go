package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// attachAsset links the asset to what the incident's request is by now, once: to the request, or to what it was converted to. The
// incident says whether that has been done, so that whoever comes first does it and nobody looks again.
func (a *Activities) attachAsset(ctx context.Context, c tenant.Connection, incident store.Incident, assetID int64, alert rules.Alert) (string, error) {
	switch {
	case incident.ConversionID != 0:
		return a.attachToConversion(ctx, c, incident)
	case incident.AssetLinked:
		return "", nil
	}
	done, err := a.attachToRequest(ctx, c, incident, assetID, alert)
	if err != nil {
		return "", err
	}
	return "; " + done, nil
}

// attachToRequest links the asset to the incident's request. Where the API refuses, the device is named in a note, and linked when
// the request is converted.
func (a *Activities) attachToRequest(ctx context.Context, c tenant.Connection, incident store.Incident, assetID int64, alert rules.Alert) (string, error) {
	able, labels, requestID := c.Settings.Capabilities.LinkAssetsToRequests, c.Labels(), incident.RequestID
	done, about := "device noted on the "+labels.Request.Singular(), fmt.Sprintf("%s: %d", labels.Asset.SingularTitle, assetID)
	if assetID == 0 {
		about = "The device is not in Accelo yet."
	}
	if assetID != 0 && (able == nil || *able) {
		linked, deleted, err := a.linkToRequest(ctx, c, incident, assetID)
		switch {
		case err != nil:
			return "", fmt.Errorf("link %s %d to %s %d: %w", labels.Asset.Singular(), assetID, labels.Request.Singular(), requestID, err)
		case linked:
			return labels.Asset.Singular() + " linked", nil
		case deleted:
			done += "; " + asset.Deleted(c, strconv.Itoa(alert.DeviceID), assetID).Error()
			about = fmt.Sprintf("Its %s was deleted in Accelo.", labels.Asset.Singular())
		}
	}
	affected := accelo.Note{
		AgainstType: note.Request, AgainstID: accelo.ID(requestID), Subject: "Affected device: " + rules.Truncate(alert.DeviceName, 200),
		Body: "Device page: " + ninjaone.DevicePageURL(c.NinjaoneURL, alert.DeviceID) + "\n" + about + "\n",
	}
	return done, a.store.AttachAsset(ctx, incident.ID, requestID, note.Creation(c, "device of request "+strconv.FormatInt(requestID, 10), affected))
}

// linkToRequest tries to link an asset, and tells whether it is refused because people have deleted that. The first alerts find out
// whether the deployment links requests at all: a no says so only where it is about the call, and neither a right that is missing nor
// an asset or a request that is gone.
func (a *Activities) linkToRequest(ctx context.Context, c tenant.Connection, incident store.Incident, assetID int64) (linked, deleted bool, err error) {
	unknown := c.Settings.Capabilities.LinkAssetsToRequests == nil
	err = a.store.AttachAsset(ctx, incident.ID, incident.RequestID, linkCreation(c, assetID, note.Request, incident.RequestID))
	switch {
	case accelo.IsForbidden(err):
		return false, false, nil
	case err != nil && !accelo.IsUnsupported(err):
		return false, false, err
	case err != nil && !accelo.IsUnrecognizedEndpoint(err):
		if exists, err := asset.Exists(ctx, c, assetID); err != nil || !exists {
			return false, err == nil, err
		}
		if exists, err := requestExists(ctx, c, incident.RequestID); err != nil || !exists {
			return false, false, err
		}
	}
	if unknown {
		return err == nil, false, a.tenants.Learn(ctx, c.Name, tenant.LinkAssetsToRequests, err == nil)
	}
	return err == nil, false, nil
}

// requestExists asks the list, which tells what is gone from what cannot be read (contract accelo 3.3, 5.6).
func requestExists(ctx context.Context, c tenant.Connection, requestID int64) (bool, error) {
	for page, err := range c.Accelo.Requests(ctx, accelo.RequestQuery{IDs: []accelo.ID{accelo.ID(requestID)}, WithoutBody: true}) {
		return len(page) > 0, err
	}
	return false, nil
}

// attachToConversion links the device's asset to what the request became, where that can have assets (contract accelo 8.4) and
// there is one: else it is done when there is.
func (a *Activities) attachToConversion(ctx context.Context, c tenant.Connection, incident store.Incident) (string, error) {
	became, id := incident.ConversionType, incident.ConversionID
	if incident.AssetLinked || id == 0 || !rules.AcceptsAssets(became) {
		return "", nil
	}
	device, err := a.linkOrNil(ctx, store.KeyOf(c.Name, store.Devices, incident.DeviceID))
	if err != nil || linkedAsset(device) == 0 {
		return "", err
	}
	labels := c.Labels()
	err = a.store.AttachAsset(ctx, incident.ID, id, linkCreation(c, device.AcceloID, became, id))
	if accelo.IsInvalidRequest(err) { // what depends on the conversion goes on all the same
		if err = asset.ExplainRejection(ctx, c, *device, err); !tenant.IsTransient(err) {
			return fmt.Sprintf("; its %s cannot be linked: %v", labels.Asset.Singular(), err), nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("link %s %d to %s %d: %w", labels.Asset.Singular(), device.AcceloID, labels.Object(became), id, err)
	}
	return fmt.Sprintf("; its %s is linked", labels.Asset.Singular()), nil
}

// linkCreation links an asset to an object, once: Accelo would make a second link beside the first. A request is ours, and nobody else
// has linked it; to what it was converted to, people may have.
func linkCreation(c tenant.Connection, assetID int64, objectType string, objectID int64) store.Creation {
	return store.Creation{
		Key:      store.Key{Connection: c.Name, Kind: store.AssetLinks, NinjaID: fmt.Sprintf("asset %d to %s %d", assetID, objectType, objectID)},
		Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if !doubt && objectType == note.Request {
				return nil, nil
			}
			links, err := c.Accelo.AssetLinks(ctx, objectType, accelo.ID(objectID))
			at := slices.IndexFunc(links, func(link accelo.AssetLink) bool { return int64(link.AssetID) == assetID })
			if err != nil || at < 0 {
				return nil, err
			}
			return &store.Link{AcceloID: int64(links[at].ID)}, nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			made, err := c.Accelo.CreateAssetLink(accelo.WithDeadlineGuard(ctx, deadline), accelo.ID(assetID), objectType, accelo.ID(objectID), "")
			return &store.Link{AcceloID: int64(made.ID)}, err
		},
	}
}
