#!/bin/sh
# Brings both stores of Temporal up to date. Changes nothing where they are.
set -eu
SQL_PASSWORD=$(cat "${SQL_PASSWORD_FILE:?}")
export SQL_PASSWORD

up_to_date() {
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

up_to_date temporal temporal
up_to_date temporal_visibility visibility
