#!/bin/sh
# Starts the engine, which takes its password from its environment only: from here on nobody else sees it.
set -eu
POSTGRES_PWD=$(cat "${POSTGRES_PWD_FILE:?}")
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
