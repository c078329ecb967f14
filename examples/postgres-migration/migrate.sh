#!/bin/sh
# All of it or nothing, and as often as you like. `broker exec` has told psql where to go and who it is.
set -eu
cd "$(dirname -- "$0")/sql"
exec psql -X -q -v ON_ERROR_STOP=1 --single-transaction -f 001-refunds.sql -f 002-refunded-cents.sql
