"""The Jinja2 environment of SimLab's pages: macros of the NHS.UK frontend, our templates, words and numbers."""

from functools import lru_cache

import markdown_it
import nh3
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from simlab.web import words
from simlab.web.presenters.arrival import without_title
from simlab.web.presenters.caseform import shown

MARKDOWN = markdown_it.MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
# A finding such as "4. Worst at night" is no list, so the words of a case get paragraphs and emphasis only.
PROSE = markdown_it.MarkdownIt("zero").enable(["emphasis", "newline"])
TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "a", "code", "hr"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


def loader() -> ChoiceLoader:
    return ChoiceLoader([PackageLoader("simlab.web", "templates"), PackageLoader("nhsuk_frontend_jinja")])


@lru_cache(maxsize=4096)
def markdown(text: str | None) -> Markup:
    """Markdown as safe HTML: raw HTML is shown as text, and only plain tags and https links survive."""
    html = MARKDOWN.render(text or "")
    return Markup(nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"https", "mailto"}))  # noqa: S704


@lru_cache(maxsize=16384)
def prose(text: str | None) -> Markup:
    return Markup(nh3.clean(PROSE.render(text or ""), tags={"p", "br", "em", "strong"}, attributes={}))  # noqa: S704


def numbered(card: dict[str, object], number: int) -> dict[str, object]:
    """A card among others of one page, so that its heading has an id of its own."""
    return {**card, "title_id": f"advice-title-{number}"}


def url(name: str, *args: object) -> str:
    return reverse(name, args=args)


def environment(**options: object) -> Environment:
    """Called by Django with its own options; templates and their leniency about absent arguments are set here."""
    env = Environment(**{**options, "loader": loader(), "undefined": ChainableUndefined, "trim_blocks": True})  # noqa: S701  Django's options turn it on
    env.globals.update(static=static, url=url)
    env.filters.update(form_value=shown, numbered=numbered)
    env.filters.update(markdown=markdown, prose=prose, without_title=without_title, **words.FILTERS)
    return env
