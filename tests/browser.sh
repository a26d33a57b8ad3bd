#!/usr/bin/env bash
# Makes sure that Debian's Chromium is there for the browser tests, or says how to get it.
set -eu
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk
  exit 0
fi
echo "The browser tests need Chromium: sudo apt-get install chromium fonts-noto-cjk" >&2
exit 2
