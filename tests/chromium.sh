#!/bin/sh
# Makes sure that there is a Chromium for the browser tests: the one on PATH, else Debian's, else
# Playwright's own. Says nothing while there is one.
set -eu
cd "$(dirname "$0")/.."

on_path() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

of_playwright() {
    .venv/bin/python - <<'EOF'
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
EOF
}

by_apt() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "Installing Chromium with apt"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq chromium-headless-shell >/dev/null || apt-get install -y -qq chromium >/dev/null
}

on_path || of_playwright || by_apt || .venv/bin/playwright install chromium
