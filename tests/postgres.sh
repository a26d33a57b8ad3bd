#!/usr/bin/env bash
# Makes sure that PostgreSQL's programs are there for the tests, or says how to get them.
set -eu
command -v initdb >/dev/null 2>&1 && exit 0
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing PostgreSQL for the tests"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql
  exit 0
fi
echo "The tests on PostgreSQL need it: sudo apt-get install postgresql" >&2
exit 2
