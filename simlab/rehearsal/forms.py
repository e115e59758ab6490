"""Reading the forms of an HTML page, as far as a bot needs them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Control:
    """One control of a form: a field of any type, an option of a select (type ``option``) or a button."""

    name: str
    type: str
    value: str
    required: bool = False


@dataclass
class Form:
    """A form: where it is sent to (empty: to its own page), how, and its controls in their order."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)

    def hidden(self) -> dict[str, str]:
        return {one.name: one.value for one in self.controls if one.type == "hidden" and one.name}

    def ticked(self) -> dict[str, list[str]]:
        """All checkboxes ticked."""
        ticks: dict[str, list[str]] = {}
        for one in self.controls:
            if one.type == "checkbox":
                ticks.setdefault(one.name, []).append(one.value)
        return ticks

    def choices(self) -> dict[str, list[str]]:
        """The values offered for each radio group and select, empty ones left out."""
        offered: dict[str, list[str]] = {}
        for one in self.controls:
            if one.type in ("radio", "option") and one.value:
                offered.setdefault(one.name, []).append(one.value)
        return offered

    def button(self, values: Iterable[str]) -> dict[str, str]:
        """The name and value of the first button whose name or value is among ``values``; empty when there is none."""
        wanted = set(values)
        for one in self.controls:
            if one.type in ("submit", "button") and one.name and (one.value in wanted or one.name in wanted):
                return {one.name: one.value}
        return {}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif self._open is not None:
            self._control(self._open, tag, given)

    def _control(self, form: Form, tag: str, given: Mapping[str, str]) -> None:
        name, required = given.get("name", ""), "required" in given
        if tag == "input":
            form.controls.append(Control(name, given.get("type", "text"), given.get("value", "on"), required))
        elif tag == "textarea":
            form.controls.append(Control(name, "textarea", "", required))
        elif tag == "button":
            form.controls.append(Control(name, given.get("type", "submit"), given.get("value", ""), required))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            form.controls.append(Control(self._select, "option", given.get("value", ""), required))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


def forms_of(html: str) -> list[Form]:
    """All forms of a page, in their order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def links_of(html: str) -> list[str]:
    """The targets of all links of a page, in their order."""
    reader = _Reader()
    reader.feed(html)
    return reader.links
