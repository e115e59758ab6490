"""The way of a bot from the link of a study to its own home page."""

import re
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpx

from simlab.rehearsal.forms import Form, forms_of, links_of
from simlab.rehearsal.line import Line, Stopped

Intent = Literal["enrol", "decline", "ineligible"]

HOME = re.compile(r"/me/([0-9a-f-]{36})/")
MOST_PAGES = 8
YES, NO = ("yes", "true", "on", "1"), ("no", "false", "0")
ELSEWHERE = ("other", "none")


def join(line: Line, join_url: str, grade: str, intends: Intent) -> str:
    """Go through the forms of a study's link; returns the participant's id, or nothing for who turned away.

    Each page is read anew and its form filled in, so that a cut connection only means looking again.
    """
    page = line.page(join_url)
    for _ in range(MOST_PAGES):
        found = HOME.search(urlsplit(str(page.url)).path)
        if found and intends == "enrol":
            return found.group(1)
        form = form_to(page, "/eligibility/")
        if form is not None:
            page = line.submit(page, form, eligibility(form, grade, intends))
            if intends == "ineligible":
                return ""
            continue
        form = form_to(page, "/consent/")
        if form is not None and _asks(form):
            page = line.submit(page, form, consent(form, agrees=intends != "decline"))
            if intends == "decline":
                return ""
            continue
        page = _go_on(line, page, form)
    raise Stopped(f"joining came to no end; the last page was {page.url.path}")


def form_to(page: httpx.Response, ending: str) -> Form | None:
    """The first form of a page that posts to a path with this ending; without an action it posts to its own page."""
    for form in forms_of(page.text):
        target = urlsplit(urljoin(str(page.url), form.action)).path
        if form.method == "post" and target.endswith(ending):
            return form
    return None


def consent(form: Form, *, agrees: bool) -> dict[str, list[str] | str]:
    """What to send with a consent form."""
    if agrees:
        return {**form.ticked(), **form.button(("yes", "agree"))}
    return dict(form.button(("no", "decline")))


def eligibility(form: Form, grade: str, intends: Intent) -> dict[str, list[str] | str]:
    """What to send with an eligibility form: the grade, and yes to each question unless the person is to be refused."""
    fields: dict[str, list[str] | str] = dict(form.ticked())
    wanted = NO if intends == "ineligible" else YES
    for name, offered in form.choices().items():
        if "grade" not in name and "role" not in name:
            fields[name] = _first_of(offered, wanted)
        elif intends == "ineligible":
            fields[name] = _first_of(offered, ELSEWHERE)
        else:
            fields[name] = grade
    return fields


def _first_of(offered: list[str], wanted: tuple[str, ...]) -> str:
    return next((value for value in offered if value.lower() in wanted), offered[0])


def _asks(form: Form) -> bool:
    """A landing page may hold an empty form that only leads on to the consent form."""
    return bool(form.ticked() or form.button(("yes", "agree")))


def _go_on(line: Line, page: httpx.Response, form: Form | None) -> httpx.Response:
    if form is not None:
        return line.submit(page, form, {})
    for link in links_of(page.text):
        if urlsplit(link).path.endswith(("/consent/", "/eligibility/")):
            return line.page(urljoin(str(page.url), link))
    raise Stopped(f"{page.url.path} has neither a form nor a link that leads on")
