#!/bin/sh
# Creates or updates Temporal's two databases. Runs before every start of the server, and changes nothing if they are up to
# date. Reads the tool's own variables: SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD.
set -eu

setup() { # database, schema
	temporal-sql-tool --database "$1" create-database
	temporal-sql-tool --database "$1" setup-schema --version 0.0
	temporal-sql-tool --database "$1" update-schema --schema-name "postgresql/v12/$2"
}

setup temporal temporal
setup temporal_visibility visibility
