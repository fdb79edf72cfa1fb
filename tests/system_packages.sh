#!/bin/sh
# What the tests use of the system's packages: installed where that is ours to do, and said where it isn't.
set -u
wanted="newsboat:newsboat chromium:chromium firefox-esr:firefox-esr node:nodejs npm:npm" # program:package

missing=""
for pair in $wanted; do
  command -v "${pair%%:*}" > /dev/null || missing="$missing ${pair##*:}"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
  # shellcheck disable=SC2086
  if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } \
      > /dev/null 2>&1; then
    echo "tests: installed$missing"
    exit 0
  fi
  echo "tests: apt-get could not install$missing; the tests that need them are skipped"
else
  echo "tests: missing$missing; as root on Debian or Ubuntu this is installed. The tests that need them are skipped"
fi
exit 0
