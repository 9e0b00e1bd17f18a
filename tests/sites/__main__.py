"""Build each generator's small site by the generator itself, and hold what ChatKit reads against what it rendered.

    python -m tests.sites [--keep] [NAME ...]

Each generator is installed from its registry by the site's ``build.sh``, below ``$SITES_CACHE``, else ``build/sites``.
Then the sites that the widget was brought into are built and driven in a browser, see tests/browser/embedded.py.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integrations.examples import EXAMPLES
from tests.servers import ROOT
from tests.sites.comparison import ExampleSite, differences, example_sites, rendered

KEPT = ("*.html", "sitemap*.xml")
EMBEDDED = [example.name for example in EXAMPLES]


def main() -> None:
    """Build and compare the sites named, or all of them; exit with 1 when any differs."""
    sites = {site.name: site for site in example_sites()}
    options = argparse.ArgumentParser(prog="python -m tests.sites")
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(sites.keys() | EMBEDDED)}")
    options.add_argument("--keep", action="store_true", help="keep what is rendered as the fixtures of `make test`")
    options.add_argument("--kept", action="store_true", help="build nothing, and look at what was kept")
    given = options.parse_args()
    if unknown := set(given.names) - sites.keys() - set(EMBEDDED):
        options.error(f"there is no site {', '.join(sorted(unknown))}")
    failed = False
    for name in [name for name in sites if not given.names or name in given.names]:
        site = sites[name]
        output = site.rendered if given.kept else _build(site)
        if output is None:
            continue
        if given.keep:
            _keep(output, site.rendered)
        found, shown = differences(site, output), rendered(site, output)
        anchors = sum(map(len, shown.headings.values()))
        print(f"{name}: {len(shown.titles)} pages, {anchors} anchors rendered, {len(found)} differences")
        for difference in found:
            print(f"  {difference}")
        failed = failed or bool(found)
    if not given.kept:
        failed = _drive([name for name in EMBEDDED if not given.names or name in given.names]) or failed
    sys.exit(failed)


def _drive(names: list[str]) -> bool:
    """Build the sites with the widget in them, and do in a browser what readers do; tell whether anything failed."""
    if not names:
        return False
    return pytest.main([str(ROOT / "tests/browser/embedded.py"), "-k", " or ".join(f"[{name}]" for name in names)]) != 0


def _build(site: ExampleSite) -> Path | None:
    """Return the folder that a site was built into, or None where its generator cannot be installed here."""
    script = site.folder / "build.sh"
    if not script.exists():
        print(f"{site.name}: its generator cannot be installed from a registry; see what was kept with --kept")
        return None
    cache = Path(os.environ.get("SITES_CACHE", "build/sites")).resolve()
    output = cache / f"{site.name}-output"
    shutil.rmtree(output, ignore_errors=True)
    (cache / site.name).mkdir(parents=True, exist_ok=True)
    subprocess.run(["bash", str(script), str(output)], check=True, env={**os.environ, "SITES_CACHE": str(cache)})
    return output


def _keep(output: Path, kept: Path) -> None:
    shutil.rmtree(kept, ignore_errors=True)
    for pattern in KEPT:
        for file in output.rglob(pattern):
            place = kept / file.relative_to(output)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


if __name__ == "__main__":
    main()
