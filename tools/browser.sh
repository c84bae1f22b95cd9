#!/bin/sh
# Print the path of a Chromium-like browser. Where there is none, install Debian's if that is
# allowed, else say what to do. LAYOUT_BROWSER names one to prefer.
set -u

find_browser() {
    for name in "${LAYOUT_BROWSER:-}" chromium chromium-browser google-chrome \
        google-chrome-stable msedge microsoft-edge \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
        '/Applications/Chromium.app/Contents/MacOS/Chromium' \
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'; do
        [ -n "$name" ] && command -v "$name" && return 0
    done
    return 1
}

find_browser && exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        root='sudo -n'
    else
        root=no
    fi
fi
if command -v apt-get >/dev/null && [ "$root" != no ]; then
    echo "Installing Debian's chromium for the browser tests" >&2
    $root apt-get update -qq >&2
    # shellcheck disable=SC2086
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        chromium >/dev/null && find_browser && exit 0
fi
echo "The browser tests need Chromium, Chrome or Edge on the PATH, and none was found." >&2
echo "Install one (on Debian: sudo apt-get install chromium), or name it with" >&2
echo "LAYOUT_BROWSER=/path/to/browser, then run make test again." >&2
exit 1
