"""How Sphinx builds the course's site; `tools/make_site.py` calls it and lays out the pages."""

import html
import re
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

project = html_title = "Which instrument plays?"
language = "en"
extensions = ["myst_nb"]
exclude_patterns = ["_site"]
highlight_language = "none"  # what says no language is a command or a drawing; the notebooks' cells say theirs

html_theme = "sphinx_book_theme"
html_theme_options = {
    "use_download_button": False,  # what is read here is not what is run; each notebook's bar has the latter
    "use_fullscreen_button": False,
    "navbar_start": [], "navbar_center": [], "navbar_end": [], "navbar_persistent": [],
    "home_page_in_toc": True,
    "toc_title": "On this page",
    "pygments_light_style": "github-light-high-contrast",
    "pygments_dark_style": "github-dark-high-contrast",
    "footer_content_items": "extra-footer.html",
    "extra_footer": '<p>Text and pictures: <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. Code: '
    "MIT. Every output on these pages is what the notebooks' cells gave when the course was last tested.</p>",
}  # fmt: skip
html_sidebars = {"**": ["navbar-logo.html", "search-button-field.html", "ask.html", "sbt-sidebar-nav.html"]}
html_context = {
    "default_mode": "auto",
    "predictor": Path(__file__).with_name("_site").joinpath("extra", "which_instrument").is_dir(),
}
html_logo = html_favicon = "_site/static/logo.svg"
templates_path = ["_site/templates"]
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_extra_path = ["_site/extra"]
html_copy_source = html_show_sourcelink = html_use_index = False

nb_execution_mode = "off"
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 4
html_math_renderer = "mathml"

_TERM = re.compile(r"^### (.+)\n\n((?:.+\n)+)", re.MULTILINE)
_TERMS = {
    re.sub(r"[^\w\- ]", "", term.lower()).replace(" ", "-"): " ".join(meaning.split()).replace("`", "")
    for term, meaning in _TERM.findall(Path(__file__).with_name("docs").joinpath("glossary.md").read_text("utf-8"))
}


def show_math(writer, node) -> None:
    """Put a formula into the page as MathML, which browsers draw themselves, without a script."""
    is_block = isinstance(node, nodes.math_block)
    formula = tex2mathml(node.astext(), as_block=is_block)
    writer.body.append(f'<div class="formula" tabindex="0">{formula}</div>' if is_block else formula)
    raise nodes.SkipNode


def finish(app, pagename, templatename, context, doctree) -> None:
    """Show a term's meaning where the pointer rests on its link; let a fold be called what it says."""
    body = context.get("body", "").replace(' aria-label="Toggle hidden content"', "")

    def with_meaning(link: re.Match) -> str:
        meaning = _TERMS.get(link[1], "")
        return f'{link[0]} title="{html.escape(meaning)}"' if meaning else link[0]

    if pagename != "docs/glossary":
        body = re.sub(r'href="[^"]*glossary\.html#([\w-]+)"', with_meaning, body)
    context["body"] = body
    if pagename == "index":
        context["docstitle"] = ""  # which is the page's own


def name_folds(app, pagename, templatename, context, doctree) -> None:
    """Give the arrows in the list at the side a name for those who do not see them."""
    listed = context["generate_toctree_html"]

    def named(**options) -> str:
        fold = re.compile(r">\s*([^<>]+?)\s*</a><details([^>]*)><summary>")
        return fold.sub(r'>\1</a><details\2><summary aria-label="Pages below: \1">', str(listed(**options)))

    context["generate_toctree_html"] = named


def setup(app) -> None:
    app.add_html_math_renderer("mathml", (show_math, None), (show_math, None))
    app.connect("html-page-context", finish)
    app.connect("html-page-context", name_folds, priority=900)  # after the theme has added what makes the list
