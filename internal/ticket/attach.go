package ticket

import (
	"context"
	"errors"
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

// attach links the asset of an alert's device to the incident's request, or to what that was converted to. It returns a clause that
// says what it did. The incident records that it was done, so that it is done once.
func (s *Service) attach(
	ctx context.Context, c tenant.Connection, incidentID, assetID int64, alert rules.Alert,
) (string, error) {
	incident, err := s.store.Incident(ctx, incidentID)
	switch {
	case err != nil:
		return "", err
	case incident.ConversionID != 0:
		return s.attachToConversion(ctx, c, incident)
	case incident.AssetLinked:
		return "", nil
	}
	done, err := s.attachToRequest(ctx, c, incident, assetID, alert)
	if accelo.IsInvalidRequest(err) {
		if exists, listErr := isListed(ctx, c, incident.RequestID); listErr != nil || exists {
			return "", errors.Join(err, listErr)
		}
		return fmt.Sprintf("; the %s was deleted in Accelo", c.Labels().Request.Singular()), s.store.SettleAsset(ctx, incident.ID)
	}
	if err != nil {
		return "", err
	}
	return "; " + done, nil
}

// attachLate links the asset of a request that was closed before that was done, and is a no-op until there is an asset.
func (s *Service) attachLate(ctx context.Context, c tenant.Connection, incident store.Incident, exists bool) error {
	if !exists {
		return s.store.SettleAsset(ctx, incident.ID)
	}
	device, err := s.linked(ctx, store.KeyOf(c.Name, store.Devices, incident.DeviceID))
	if err != nil || device == nil || device.State != store.Linked {
		return err
	}
	alert := rules.Alert{DeviceID: incident.DeviceID}
	device.DescribeDevice(&alert)
	_, err = s.attach(ctx, c, incident.ID, device.AcceloID, alert)
	return err
}

// attachToRequest links the asset to the incident's request. If the API refuses, it names the device in a note; the asset is linked
// when the request is converted. Without an asset it writes the note too, and the link stays owed until there is one.
func (s *Service) attachToRequest(
	ctx context.Context, c tenant.Connection, incident store.Incident, assetID int64, alert rules.Alert,
) (string, error) {
	able, labels, requestID := c.Settings.Capabilities.LinkAssetsToRequests, c.Labels(), incident.RequestID
	done, about := "added a note about the device", fmt.Sprintf("%s: %d", labels.Asset.SingularTitle, assetID)
	if assetID == 0 {
		about = fmt.Sprintf("This device has no %s in Accelo yet.", labels.Asset.Singular())
	}
	if assetID != 0 && (able == nil || *able) {
		linked, deleted, err := s.linkToRequest(ctx, c, incident, assetID)
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
	text := accelo.Note{
		AgainstType: note.Request, AgainstID: accelo.ID(requestID), Subject: "Affected device: " + rules.Truncate(alert.DeviceName, 200),
		Body: "Device page: " + ninjaone.DevicePageURL(c.NinjaoneURL, alert.DeviceID) + "\n" + about + "\n",
	}
	if assetID == 0 && (able == nil || *able) {
		return done, note.Once(ctx, s.store, c, store.DeviceNoteKey(requestID), text)
	}
	return done, s.store.AttachAsset(ctx, incident.ID, requestID, note.Creation(c, store.DeviceNoteKey(requestID), text))
}

// linkToRequest tries to link an asset, and reports whether that was refused because the asset was deleted. The first alerts find out
// whether the deployment links assets to requests at all. A rejection counts as "unsupported" only if it is about the endpoint, not about
// permissions or a deleted record.
func (s *Service) linkToRequest(ctx context.Context, c tenant.Connection, incident store.Incident, assetID int64) (linked, deleted bool, err error) {
	unknown := c.Settings.Capabilities.LinkAssetsToRequests == nil
	err = s.store.AttachAsset(ctx, incident.ID, incident.RequestID, linkCreation(c, assetID, note.Request, incident.RequestID))
	switch {
	case accelo.IsForbidden(err):
		return false, false, nil
	case err != nil && !accelo.IsUnsupported(err):
		return false, false, err
	case err != nil && !accelo.IsUnrecognizedEndpoint(err):
		if exists, err := asset.Exists(ctx, c, assetID); err != nil || !exists {
			return false, err == nil, errors.Join(err, s.requireSettledAsset(ctx, c, incident.DeviceID))
		}
		if exists, err := isListed(ctx, c, incident.RequestID); err != nil || !exists {
			return false, false, err
		}
	}
	if unknown {
		return err == nil, false, s.tenants.Learn(ctx, c.Name, tenant.LinkAssetsToRequests, err == nil)
	}
	return err == nil, false, nil
}

// requireSettledAsset returns an error if the asset of a device was written so recently that Accelo may not show it yet.
func (s *Service) requireSettledAsset(ctx context.Context, c tenant.Connection, deviceID int) error {
	link, err := s.linked(ctx, store.KeyOf(c.Name, store.Devices, deviceID))
	if err != nil || link == nil {
		return err
	}
	return tenant.RequireSettled(c, *link)
}

// attachToConversion links the device's asset to what the request became, if that can have assets (accelo.md 8.4) and the asset exists.
func (s *Service) attachToConversion(ctx context.Context, c tenant.Connection, incident store.Incident) (string, error) {
	became, id := incident.ConversionType, incident.ConversionID
	if incident.AssetLinked || id == 0 {
		return "", nil
	}
	device, err := s.linked(ctx, store.KeyOf(c.Name, store.Devices, incident.DeviceID))
	if err != nil {
		return "", err
	}
	if !rules.AcceptsAssets(became) {
		return "", s.store.SettleAsset(ctx, incident.ID)
	}
	if assetOf(device) == 0 { // the link stays owed until there is an asset
		return "", nil
	}
	labels := c.Labels()
	err = s.store.AttachAsset(ctx, incident.ID, id, linkCreation(c, device.AcceloID, became, id))
	if accelo.IsInvalidRequest(err) { // what depends on the conversion goes on all the same
		if err = asset.ExplainRejection(ctx, c, *device, err); !tenant.IsTransient(err) {
			return fmt.Sprintf("; its %s can't be linked: %v", labels.Asset.Singular(), err), s.store.SettleAsset(ctx, incident.ID)
		}
	}
	if err != nil {
		return "", fmt.Errorf("link %s %d to %s %d: %w", labels.Asset.Singular(), device.AcceloID, labels.Object(became), id, err)
	}
	return fmt.Sprintf("; its %s is linked", labels.Asset.Singular()), nil
}

// linkCreation links an asset to an object once: Accelo would create a second link beside the first. A request is ours and has no
// links that we don't know; someone may have linked the asset to what the request became.
func linkCreation(c tenant.Connection, assetID int64, objectType string, objectID int64) store.Creation {
	return store.Creation{
		Key:      store.Key{Connection: c.Name, Kind: store.AssetLinks, NinjaID: fmt.Sprintf("asset %d to %s %d", assetID, objectType, objectID)},
		Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
			if doubt == nil && objectType == note.Request {
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
			created, err := c.Accelo.CreateAssetLink(accelo.WithDeadlineGuard(ctx, deadline), accelo.ID(assetID), objectType, accelo.ID(objectID), "")
			return &store.Link{AcceloID: int64(created.ID)}, err
		},
	}
}
