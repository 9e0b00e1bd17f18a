"""The browsers that the tests drive, whichever are found, otherwise installed: `make browser`.

Chromium runs all of them, Firefox and WebKit what has to work in every engine.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Engine:
    """A browser engine: names of programs of which one drives it, others that it needs, and Debian's packages."""

    name: str
    programs: tuple[str, ...]
    needs: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def remedy(self) -> str:
        return f"NOT TESTED IN {self.name.upper()}, which is not installed. On Debian: apt install " + " ".join(
            self.packages
        )


# The shell has no windows to draw and takes half the time of the whole browser.
CHROMIUM = Engine(
    "Chromium",
    ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    (),
    ("chromium",),
)
FIREFOX = Engine("Firefox", ("firefox-esr", "firefox"), (), ("firefox-esr",))
# Its windows are drawn on a display that nobody sees.
WEBKIT = Engine("WebKit", ("WebKitWebDriver",), ("Xvfb",), ("webkit2gtk-driver", "xvfb"))
ENGINES = (CHROMIUM, FIREFOX, WEBKIT)


def find(engine: Engine) -> Path | None:
    """Return what drives an engine: a program on the PATH; of Chromium Playwright's own, too."""
    if not all(shutil.which(program) for program in engine.needs):
        return None
    for program in engine.programs:
        if found := shutil.which(program):
            return Path(found)
    return _bundled() if engine is CHROMIUM else None


def _bundled() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        bundled = Path(playwright.chromium.executable_path)
    return bundled if bundled.exists() else None


def install(missing: list[Engine]) -> None:
    """Install engines with the system's packages as root on Debian; else Chromium alone, with Playwright."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-q"], check=True)
        for engine in missing:
            # One that this release has not must not keep the others away.
            subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *engine.packages], check=False)
    elif CHROMIUM in missing:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> None:
    """Install what is missing, and say loudly what stays so; without Chromium nothing can be tested."""
    if missing := [engine for engine in ENGINES if find(engine) is None]:
        print(f"Not found: {', '.join(engine.name for engine in missing)}; installing …", flush=True)
        install(missing)
    for engine in missing:
        if find(engine) is None:
            print(engine.remedy)
    if find(CHROMIUM) is None:
        sys.exit("The browser tests need Chromium.")


if __name__ == "__main__":
    main()
