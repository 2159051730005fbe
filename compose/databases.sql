-- Runs once, on an empty volume. Two roles that cannot enter each other's databases; none is a superuser.
\getenv temporal_password DB_TEMPORAL_PASSWORD
\getenv accord_password DB_ACCORD_PASSWORD

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE accord LOGIN PASSWORD :'accord_password';

CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE accord OWNER accord;

REVOKE ALL ON DATABASE temporal, temporal_visibility, accord FROM PUBLIC;
