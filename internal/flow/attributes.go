package flow

import (
	"strconv"

	"go.temporal.io/sdk/temporal"
)

// Search attributes, all of type Keyword.
var (
	ConnectionAttribute   = temporal.NewSearchAttributeKeyKeyword("Connection")
	OrganizationAttribute = temporal.NewSearchAttributeKeyKeyword("NinjaOrganizationId")
	DeviceAttribute       = temporal.NewSearchAttributeKeyKeyword("NinjaDeviceId")
	AlertAttribute        = temporal.NewSearchAttributeKeyKeyword("NinjaAlertUid")
	RequestAttribute      = temporal.NewSearchAttributeKeyKeyword("AcceloRequestId")
)

// SearchAttributes returns the names of all search attributes that the workflows set.
func SearchAttributes() []string {
	keys := []temporal.SearchAttributeKeyKeyword{
		ConnectionAttribute, OrganizationAttribute, DeviceAttribute, AlertAttribute, RequestAttribute,
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = key.GetName()
	}
	return names
}

// ConnectionAttributes makes an execution searchable by connection.
func ConnectionAttributes(connection string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(ConnectionAttribute.ValueSet(connection))
}

// OrganizationAttributes makes an execution searchable by connection and organization.
func OrganizationAttributes(connection string, organizationID int) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		ConnectionAttribute.ValueSet(connection), OrganizationAttribute.ValueSet(strconv.Itoa(organizationID)))
}

// AlertAttributes makes an execution searchable by connection, alert, device and organization. A device or organization of 0 is
// unknown and left out.
func AlertAttributes(connection, uid string, deviceID, organizationID int) temporal.SearchAttributes {
	updates := []temporal.SearchAttributeUpdate{ConnectionAttribute.ValueSet(connection), AlertAttribute.ValueSet(uid)}
	if deviceID != 0 {
		updates = append(updates, DeviceAttribute.ValueSet(strconv.Itoa(deviceID)))
	}
	if organizationID != 0 {
		updates = append(updates, OrganizationAttribute.ValueSet(strconv.Itoa(organizationID)))
	}
	return temporal.NewSearchAttributes(updates...)
}

// RequestAttributes makes an execution searchable by connection and request.
func RequestAttributes(connection string, requestID int64) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		ConnectionAttribute.ValueSet(connection), RequestAttribute.ValueSet(strconv.FormatInt(requestID, 10)))
}
