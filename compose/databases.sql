-- Runs once, on an empty volume. No role enters the database of another program; none is a superuser.
-- accord_owner has the tables and brings their schema up to date (accord-setup); accord works with them, and gets
-- from `accord setup` what it needs of each; accord_backup reads.
\set temporal_password `cat /run/secrets/db_temporal`
\set owner_password `cat /run/secrets/db_accord_owner`
\set accord_password `cat /run/secrets/db_accord`
\set backup_password `cat /run/secrets/db_accord_backup`

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE accord_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE accord LOGIN PASSWORD :'accord_password';
CREATE ROLE accord_backup LOGIN PASSWORD :'backup_password';

CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE accord OWNER accord_owner;

REVOKE ALL ON DATABASE temporal, temporal_visibility, accord FROM PUBLIC;
GRANT CONNECT ON DATABASE accord TO accord, accord_backup;
