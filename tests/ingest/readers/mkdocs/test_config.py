"""Configurations of MkDocs that inherit from others, and plugins by whatever name."""

from pathlib import Path

import pytest

from chatkit.ingest.readers.mkdocs import config


def test_a_configuration_inherits_mappings_key_by_key_and_lists_whole(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "a.yml").write_text("INHERIT: b.yml\ntheme: {name: material, language: de}\nnav: [x.md]\n")
    (tmp_path / "base" / "b.yml").write_text("site_url: https://a.example/\ntheme: {logo: l.png, language: fr}\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / "mkdocs.yml").write_text("INHERIT: base/a.yml\nnav: [y.md]\ntheme: {language: it}\n")
    settings, text = config.read(tmp_path / "mkdocs.yml")
    assert settings == {
        "site_url": "https://a.example/",
        "theme": {"name": "material", "logo": "l.png", "language": "it"},
        "nav": ["y.md"],
    }
    assert all(part in text for part in ("logo: l.png", "name: material", "nav: [y.md]"))


@pytest.mark.parametrize("above", ["mkdocs.yml", "../outside.yml", "none.yml", "[1]"])
def test_what_cannot_be_inherited_is_left_out(tmp_path: Path, above: str) -> None:
    (tmp_path / "outside.yml").write_text("site_name: secret\n")
    site = tmp_path / "site"
    (site / ".git").mkdir(parents=True)
    (site / "mkdocs.yml").write_text(f"INHERIT: {above}\nsite_url: x\n")
    assert config.read(site / "mkdocs.yml")[0] == {"site_url": "x"}


@pytest.mark.parametrize(
    ("plugins", "options"),
    [
        ([{"i18n": {"a": 1}}], {"a": 1}),
        ({"material/i18n": {"a": 1}}, {"a": 1}),
        (["search", "i18n"], {}),
        ([{"i18n": {"enabled": False}}], None),
        (None, None),
    ],
)
def test_a_plugin_is_found_however_it_is_listed(plugins: object, options: object) -> None:
    assert config.plugin({"plugins": plugins}, "i18n") == options
