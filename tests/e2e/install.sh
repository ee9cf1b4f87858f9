#!/usr/bin/env bash
# What the servers of the end-to-end suite need, from Debian's packages. Run as root.
set -euo pipefail
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  wordpress mariadb-server mediawiki php-cli php-mysql php-sqlite3 php-gd php-xml php-mbstring php-intl \
  nginx-light dovecot-imapd exim4-daemon-light openssl curl >/dev/null
