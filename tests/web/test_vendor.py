"""The vendored front end is what the manifest says, and asks no other host."""

import re

from simlab.web import vendor


def test_files_are_as_recorded():
    assert vendor.differences() == []


def test_nothing_is_loaded_from_elsewhere():
    css = (vendor.HOME / "nhsuk" / "nhsuk-frontend.min.css").read_text(encoding="utf-8")
    assert "@font-face" not in css
    assert "Frutiger" not in css
    assert not re.search(r"url\((?!images/|data:)", css)


def test_templates_hold_no_inline_style_or_script():
    for template in (vendor.HOME.parents[1] / "templates").rglob("*.jinja"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\bsrc=)|hx-on|javascript:", text), (
            template.name
        )
