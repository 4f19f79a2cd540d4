#!/bin/sh
# Creates the namespace and the search attributes of the workflows. Runs after every start of the server, and changes nothing
# if they exist. Reads the CLI's own variables: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE.
set -eu

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
	temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${RETENTION:-30d}"
fi

# The server needs some seconds to recognize a new namespace.
attributes() { temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"; }
tries=0
until existing=$(attributes 2>/dev/null); do
	tries=$((tries + 1))
	if [ "$tries" -ge 60 ]; then
		attributes # prints the error
		exit 1
	fi
	sleep 1
done

for name in Connection NinjaOrganizationId NinjaDeviceId NinjaAlertUid AcceloRequestId; do
	if ! echo "$existing" | grep -qw "$name"; then
		temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword
	fi
done
