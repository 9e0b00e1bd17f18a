"""Sites that are named with the remedy instead of being read from their source."""

from pathlib import Path

import pytest

from chatkit.ingest.readers import registry


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("conf.py", 'project = "A"\nextensions = ["myst_parser"]\n', "sphinx, by its conf.py.*_build/html"),
        ("docs/conf.py", "html_theme: str = 'furo'\n", "sphinx, by its conf.py.*sphinx-build"),
        ("source/conf.py", "master_doc = 'index'\n", "sphinx, by its conf.py"),
        ("antora.yml", "name: a\n", "antora, by its antora.yml.*asciidoctor"),
        ("docs/antora-playbook.yml", "", "antora, by its antora-playbook.yml"),
        ("docs/index.adoc", "= A\n", "antora, by its index.adoc"),
        ("website/eleventy.config.mjs", "", "eleventy, by its eleventy.config.mjs.*`_site`"),
        ("gatsby-config.ts", "", "gatsby, by its gatsby-config.ts.*`public`"),
        ("_quarto.yml", "", "quarto, by its _quarto.yml.*quarto render"),
        ("docs/rspress.config.ts", "", "rspress.*doc_build"),
        ("source.config.ts", "", "fumadocs.*by its address"),
        ("mint.json", "{}", "mintlify.*by its address"),
        ("config.toml", 'title = "A"\nbase_url = "https://a.example"\n', "zola.*zola build"),
    ],
)
def test_a_site_that_must_be_built_is_named_with_the_remedy(tmp_path: Path, file: str, text: str, words: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    with pytest.raises(ValueError, match=words):
        registry.choose("auto", tmp_path)


def test_a_program_with_a_file_of_the_same_name_is_no_site_of_sphinx(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("DEBUG = True\n# extensions = 1\n")
    assert registry.choose("auto", tmp_path).generator.name == "chatkit"


def test_another_generator_is_named_by_hand_where_sphinx_is_near(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("extensions = []\n")
    assert registry.choose("chatkit", tmp_path).generator.name == "chatkit"
    assert "sphinx" not in registry.NAMES


def test_what_was_built_beside_its_configuration_is_read(tmp_path: Path) -> None:
    built = tmp_path / "_build" / "html"
    built.mkdir(parents=True)
    (tmp_path / "conf.py").write_text("extensions = []\n")
    (built / "index.html").write_text("<!DOCTYPE html><html><body><main><h1>A</h1></main></body></html>")
    assert registry.choose("auto", built).generator.name == "html"
