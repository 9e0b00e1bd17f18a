"""The Chromium the browser tests drive: whichever is found, otherwise installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell has no windows to draw and takes half the time of the whole browser.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> Path | None:
    """Return the browser's executable: one on the PATH, else Playwright's own."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        bundled = Path(playwright.chromium.executable_path)
    return bundled if bundled.exists() else None


def install() -> None:
    """Install a browser with the system's packages as root on Debian, else with Playwright."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"], check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if find() is None:
        print("No Chromium found; installing one …")
        install()
    if find() is None:
        sys.exit("The browser tests need Chromium and none could be installed.")
