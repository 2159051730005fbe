#!/bin/sh
# Creates the namespace with its retention. Changes nothing where it exists.
set -eu

# the port is open before the cluster serves
tries=30
until temporal operator cluster health; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "Temporal does not serve; see its log." >&2; exit 1; }
    sleep 2
done

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
