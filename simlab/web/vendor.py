"""Bring the two front-end packages that SimLab serves into static/vendor, or check that they are as recorded.

python -m simlab.web.vendor          fetch with npm, edit, write, record version and sha256 in manifest.json
python -m simlab.web.vendor --check  compare the files with manifest.json; exit 1 and name each difference
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HOME = Path(__file__).parent / "static" / "vendor"
MANIFEST = HOME / "manifest.json"
PACKAGES = {"nhsuk-frontend": "10.6.1", "htmx.org": "2.0.11"}

# SimLab is not an NHS service: the blues and the button green of NHS.UK give way to one teal of our own.
# Each pair keeps the lightness of the original, so that contrast ratios hold.
COLOURS = {
    "#005eb8": "#0b5a60", "#004b93": "#084a4f", "#002f5c": "#06343a", "#004281": "#07444a", "#003d78": "#074247",
    "#0055a6": "#0a5157", "#003087": "#063c41", "#337ec6": "#3f868c", "#c7dcef": "#c5dedd", "#d9e7f4": "#dbeceb",
    "#ccdff1": "#d0e5e4", "#edf4fa": "#eef6f6", "#007f3b": "#0b5a60", "#00662f": "#084a4f", "#00401e": "#06343a",
}  # fmt: skip


def without_foreign_parts(css: str) -> str:
    """Drop the licensed web font and everything that would ask another host, and point images beside the file."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = css.replace("Frutiger W01,", "").replace("url(/assets/images/", "url(images/")
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)


def in_our_colours(css: str) -> str:
    return re.sub(r"#[0-9a-f]{6}\b", lambda match: COLOURS.get(match[0].lower(), match[0]), css, flags=re.IGNORECASE)


def without_source_map(script: str) -> str:
    return re.sub(r"//# sourceMappingURL=.*", "", script)


def unpack(name: str, version: str, into: Path) -> Path:
    """Fetch one package with npm (its own configuration says from where) and return its folder."""
    said = subprocess.run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=into, check=True, capture_output=True)
    archive = into / said.stdout.decode().strip().splitlines()[-1]
    with tarfile.open(archive) as tar:
        tar.extractall(into / name, filter="data")
    return into / name / "package"


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content.strip() + "\n", encoding="utf-8")


def bring_nhsuk(package: Path) -> None:
    source = package / "dist" / "nhsuk"
    css = (source / "nhsuk-frontend.min.css").read_text(encoding="utf-8")
    for image in sorted(set(re.findall(r"url\(/assets/images/([^)]+)\)", css))):
        picture = (source / "assets" / "images" / image).read_text(encoding="utf-8")
        write(HOME / "nhsuk" / "images" / image, picture)
    write(HOME / "nhsuk" / "nhsuk-frontend.min.css", in_our_colours(without_foreign_parts(css)))
    script = (source / "nhsuk-frontend.min.js").read_text(encoding="utf-8")
    write(HOME / "nhsuk" / "nhsuk-frontend.min.js", without_source_map(script))


def bring_htmx(package: Path) -> None:
    script = (package / "dist" / "htmx.min.js").read_text(encoding="utf-8")
    write(HOME / "htmx" / "htmx.min.js", without_source_map(script))
    write(HOME / "htmx" / "LICENCE.txt", (package / "LICENSE").read_text(encoding="utf-8"))


def hashes() -> dict[str, str]:
    """sha256 of every vendored file, by its path below static/vendor."""
    files = sorted(path for path in HOME.glob("*/**/*") if path.is_file())
    return {str(path.relative_to(HOME)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differences() -> list[str]:
    recorded, found = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"], hashes()
    return [name for name in sorted(recorded.keys() | found.keys()) if recorded.get(name) != found.get(name)]


def fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bring_nhsuk(unpack("nhsuk-frontend", PACKAGES["nhsuk-frontend"], Path(folder)))
        bring_htmx(unpack("htmx.org", PACKAGES["htmx.org"], Path(folder)))
    write(MANIFEST, json.dumps({"packages": PACKAGES, "files": hashes()}, indent=2))


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        fetch()
        print(f"Wrote {len(hashes())} files below {HOME.name}/ and {MANIFEST.name}.")
        return 0
    changed = differences()
    for name in changed:
        print(f"{name} differs from {MANIFEST.name}. Run: python -m simlab.web.vendor", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
