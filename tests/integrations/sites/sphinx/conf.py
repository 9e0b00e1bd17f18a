project = "The rain barrel"
language = "en"
html_theme = "furo"
html_title = "The rain barrel"
html_baseurl = "@@origin@@/handbook/"
extensions = ["myst_parser"]
# @@snippet@@
