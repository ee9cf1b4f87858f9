#!/usr/bin/env bash
# What the servers of the end-to-end suite need, from Debian's packages. Run as root.
set -euo pipefail
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  wordpress mariadb-server mediawiki php-cli php-mysql php-sqlite3 php-gd php-xml php-mbstring php-intl \
  nginx-light dovecot-imapd exim4-daemon-light openssl curl >/dev/null

# Not in Debian 12: snac in a folder with packages of Debian 13, the AT Protocol's own servers from npm.
HERE=$(cd "$(dirname "$0")" && pwd)
export TESTBED=${OMDOMME_E2E:-/var/cache/omdomme-e2e}
mkdir -p "$TESTBED"
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  mmdebstrap postgresql-15 redis-server build-essential python3 >/dev/null
# Debian's npm cannot stand beside a Node.js from elsewhere, which brings its own.
command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null
[ -x "$TESTBED/trixie/usr/bin/snac" ] || bash "$HERE/servers/snac.sh" install
[ -f "$TESTBED/at/node_modules/better-sqlite3/build/Release/better_sqlite3.node" ] || bash "$HERE/servers/atproto.sh" install
