#!/bin/sh
# Makes what the parts of docker-compose.yml keep to themselves, in the folder ./secrets: passwords, and the keys
# and certificates by which they know each other. What is there stays as it is; to change something, delete it,
# run this again, and say `docker compose up --detach --force-recreate` (a password: docs/operations.md).
set -eu
umask 077
mkdir -p secrets
chmod 700 secrets # nobody else enters; a container sees only the files that it is given, and reads them as its own user
cd secrets
days=730

# given FILE CONTENT: unless the file is there
given() { [ -e "$1" ] || { printf '%s' "$2" >"$1"; chmod 444 "$1"; }; }
password() { openssl rand -hex 24; }

# database ROLE: its password, and the address that has it
database() {
    given "db_$1" "$(password)"
    given "url_$1" "postgresql://$1:$(cat "db_$1")@postgresql:5432/accord?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt"
}

given db_postgres "$(password)"
given db_temporal "$(password)"
given db_accord_backup "$(password)"
for role in accord accord_owner; do database "$role"; done
given bank_token ""
given smtp_password ""

if [ ! -e ca.crt ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Accord's parts" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout ca.key -out ca.crt 2>/dev/null
    chmod 400 ca.key
    chmod 444 ca.crt
fi

# certified NAME USE: a key and a certificate of one part, by its name in the network
certified() {
    [ ! -e "$1.crt" ] || return 0
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=%s\nkeyUsage=critical,digitalSignature\nbasicConstraints=CA:FALSE\n' \
        "$1" "$2" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days "$days" -extfile "$1.ext" -out "$1.crt" 2>/dev/null
    rm "$1.csr" "$1.ext"
    chmod 444 "$1.key" "$1.crt"
}

certified postgresql serverAuth
certified temporal serverAuth,clientAuth # its own parts speak with each other, too
for part in worker setup namespace pages; do certified "$part" clientAuth; done
