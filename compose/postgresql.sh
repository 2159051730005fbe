#!/bin/sh
# Starts PostgreSQL with its key, which it takes from nobody but its own user, and for TLS alone.
set -eu
install -d -o postgres -g postgres -m 700 /run/tls
install -o postgres -g postgres -m 600 /run/secrets/postgresql.key /run/tls/key
exec docker-entrypoint.sh postgres \
    -c hba_file=/etc/accord/pg_hba.conf -c ssl=on -c ssl_cert_file=/run/secrets/postgresql.crt -c ssl_key_file=/run/tls/key -c ssl_min_protocol_version=TLSv1.3 \
    -c max_connections=200 # Temporal alone may open 110, and the default is 100
