import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "code"))

project = "Beehive"
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
html_baseurl = "https://docs.example.com/handbook/"
html_title = "Beehive"
html_show_sourcelink = False
html_copy_source = False
html_use_index = True
exclude_patterns = ["drafts"]
myst_enable_extensions = ["colon_fence", "deflist"]
