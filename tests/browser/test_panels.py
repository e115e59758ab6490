"""An educator scores a panel and sets a pass mark, on a phone and at a desk."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, press
from tests.factories import a_user

RATINGS = "E1,E2,E3,S1,S2,S3\n1,1,0,1,2,0\n-1,-1,-2,-1,0,-1\n2,1,2,2,1,0\n0,0,1,0,0,1\n"


@pytest.mark.parametrize("device", WIDTHS)
def test_panel_and_pass_mark(page, live_server, transactional_db, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live_server.url}/accounts/login/?next=/teaching/concordance/")
    page.get_by_label("E-mail address").fill(a_user().email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.goto(f"{live_server.url}/teaching/concordance/")
    page.get_by_label("File of ratings").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": RATINGS.encode()}
    )
    page.get_by_role("button", name="Score the file").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Four items, three experts, three students")).to_be_visible()
    look("concordance")
    shoot(page, f"concordance-{device}")
    page.goto(f"{live_server.url}/teaching/pass-mark/")
    page.get_by_label("First round").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b\n0.6,0.8\n0.4,0.5\n0.5,0.7\n"}
    )
    press(page, "Find the Angoff cut")
    expect(page.get_by_text("Round 1: cut")).to_be_visible()
    look("pass mark")
    shoot(page, f"pass-mark-{device}")


def shoot(page, name: str) -> None:
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
