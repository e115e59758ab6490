"""How long from an answer to the next painted page? `python docs/bench/paint.py http://127.0.0.1:8000/join/demo/`

Joins a study that is running, by its open link, and answers its first sitting by keyboard in Chromium. Each time runs
from the key press that saves an answer (`event.timeStamp`) to the frame after the one that painted the next step, with
its pictures decoded: the outbox's write to the device, the request, the recording and the painting are all in it.
Steps within a case (own answer → advice) and steps to the next case are told apart. Server and browser share the
machine, so the network is not in it: `--delay-ms` adds a round trip to each request.
"""

import argparse
import json
import os
import statistics

from playwright.sync_api import Page, sync_playwright

WATCH = """() => {
    const place = () => document.querySelector('.bar__place')?.innerText;
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    window.steps = [];
    let pressed = null;
    addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && event.ctrlKey) pressed = { at: event.timeStamp, place: place() };
    }, true);
    new MutationObserver(async (changes) => {
        const fresh = changes.flatMap((one) => [...one.addedNodes]).find((node) => node.id === 'player');
        if (!fresh || !pressed) return;
        const { at, place: before } = pressed;
        pressed = null;
        await Promise.allSettled([...fresh.querySelectorAll('img')].map((image) => image.decode()));
        const painted = await frame();
        window.steps.push([place() === before ? 'same case' : 'next case', painted - at]);
    }).observe(document.body, { childList: true, subtree: true });
}"""


def join(page: Page, link: str) -> None:
    """From the open link to the first case, as a participant goes."""
    page.goto(link)
    page.get_by_role("button", name="Continue to consent").click()
    page.get_by_role("button", name="I agree and want to take part").wait_for()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="I agree and want to take part").click()
    page.get_by_label("General practitioner").check()
    page.get_by_role("button", name="Join the study").click()
    page.get_by_role("button", name="Start ").click()
    page.wait_for_selector("[data-form]:not([inert])")


def answer(page: Page) -> None:
    """Any ranked differential, or the same once more, and a confidence; returns when the next step can be used."""
    given = page.evaluate("window.steps.length")
    if page.locator("[data-second]").count():
        page.locator("[data-choice=keep]").press("Enter")
    else:
        page.locator("#condition").press_sequentially("migr")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    page.locator(".confidence__number").press_sequentially("65")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "given => !document.querySelector('.bar__place') || window.steps?.length > given"
        " && document.querySelector('[data-form]:not([inert])')",
        arg=given,
    )


def summary(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "n": len(ordered),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[max(0, -(-95 * len(ordered) // 100) - 1)], 1),
        "max_ms": round(ordered[-1], 1),
    }


def measure(page: Page, link: str) -> dict[str, dict[str, float]]:
    join(page, link)
    page.evaluate(WATCH)
    steps: list[tuple[str, float]] = []
    while page.locator(".bar__place").count():
        steps = page.evaluate("window.steps")
        answer(page)
    kinds = sorted({kind for kind, _ in steps})
    return {kind: summary([ms for other, ms in steps if other == kind]) for kind in kinds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("link", help="the open link of a study under way whose cases ask for a ranked differential")
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="added to each request (0)")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for _ in range(given.people):
            context = browser.new_context(locale="en-GB")
            page = context.new_page()
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            limits = {"offline": False, "latency": given.delay_ms, "downloadThroughput": -1, "uploadThroughput": -1}
            network.send("Network.emulateNetworkConditions", limits)
            told = measure(page, given.link)
            print(
                json.dumps({**told, "delay_ms": given.delay_ms, "load_average": round(os.getloadavg()[0], 1)}),
                flush=True,
            )
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
