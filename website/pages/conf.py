"""Sphinx's settings for the reading edition, for each of its languages; `website.reading` calls it."""

import json
import posixpath
import re
from pathlib import Path

project = "Convolutional networks from scratch"
author = "the authors of the course"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "sphinx_copybutton"]
html_theme = "furo"
html_title = project
html_static_path = ["_static"]
templates_path = ["_templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/languages.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_domain_indices = False
html_use_index = False
# formulas are set by a copy of our own: nobody else is asked
mathjax_path = "mathjax.js"
myst_enable_extensions = ["dollarmath", "amsmath", "html_image"]
myst_heading_anchors = 4
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
nb_merge_streams = True
suppress_warnings = ["myst.header"]
autodoc_typehints = "none"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_rtype = False
copybutton_selector = "div.cell_input div.highlight pre, div.highlight-default pre"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
exclude_patterns = ["**/.ipynb_checkpoints"]

# of each language: what it is called in itself, its folder on the site, the title there
LANGUAGES = {
    "en": ("English", "", project),
    "zh_CN": ("中文", "zh/", "从零写卷积网络"),
}


def _titled(app, config):
    config.html_title = LANGUAGES[config.language][2]


def _languages(app, page, template, context, doctree):
    """Give each page its links to the same page in other languages, or to their first one."""
    pages = json.loads((Path(app.srcdir) / "languages.json").read_text(encoding="utf-8"))
    own = LANGUAGES[app.config.language][1]
    here = posixpath.dirname(own + page) or "."
    context["language_label"] = "语言" if app.config.language == "zh_CN" else "Language"
    context["other_languages"] = [
        {
            "name": name,
            "code": code.replace("_", "-"),
            "href": posixpath.relpath(folder + (page if page in pages[code] else "index") + ".html", here),
        }
        for code, (name, folder, _) in LANGUAGES.items()
        if code != app.config.language
    ]


def _stars(app, what, name, thing, options, lines):
    """Shapes such as (N, C, *spatial) stand in docstrings: there the star begins no emphasis."""
    lines[:] = [re.sub(r"(?<![\w*`])\*(?=[a-z])", r"\\*", line) for line in lines]


def setup(app):
    app.connect("config-inited", _titled)
    app.connect("html-page-context", _languages)
    app.connect("autodoc-process-docstring", _stars, priority=400)
