#!/bin/sh
# The owner of the tables and the application's role; run once, when the database is made.
set -eu
psql --username postgres --dbname parley --set ON_ERROR_STOP=1 --quiet --file /roles.sql
psql --username postgres --dbname parley --set ON_ERROR_STOP=1 --quiet \
    --set owner="$DATABASE_OWNER_PASSWORD" --set app="$DATABASE_APP_PASSWORD" <<'SQL'
ALTER ROLE parley_owner PASSWORD :'owner';
ALTER ROLE parley_app PASSWORD :'app';
SQL
