"""Each generator's small site, read from its source, against the pages that the generator rendered of it."""

import pytest

from tests.sites.comparison import ExampleSite, differences, example_sites


@pytest.mark.parametrize(
    "site", [site for site in example_sites() if site.rendered.is_dir()], ids=lambda site: site.name
)
def test_a_site_is_read_as_its_generator_renders_it(site: ExampleSite) -> None:
    assert differences(site, site.rendered) == []
