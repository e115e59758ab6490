"""The templates that come with SimLab: folders with a study document and the texts for participants."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from simlab.engine.errors import Refused
from simlab.engine.protocol import Protocol, parse_protocol
from simlab.studies.reading import read_folder


@dataclass(frozen=True)
class Template:
    name: str
    source: str
    documents: dict[str, str]
    protocol: Protocol

    @property
    def lead(self) -> str:
        """The remarks at the head of the file: which published design it is, and what it needs."""
        lines = []
        for line in self.source.splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.lstrip("# "))
        return " ".join(line for line in lines if "docs/protocol-format" not in line)


def templates() -> list[Template]:
    folder = Path(settings.PROTOCOLS_DIR) / "templates"
    return [_read(path) for path in sorted(folder.glob("*/")) if (path / "study.yaml").is_file()]


def read_template(name: str) -> Template:
    """Raises Refused when there is none of this name."""
    found = next((one for one in templates() if one.name == name), None)
    if found is None:
        raise Refused("malformed", "Choose one of the templates.")
    return found


@cache
def _read(folder: Path) -> Template:
    source, documents = read_folder(folder)
    return Template(folder.name, source, documents, parse_protocol(source))
