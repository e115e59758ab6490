"""How long a large study takes to draw: `python docs/bench/draw_large.py`.

5,000 people × 40 cases on the shipped pack, in four forms of ten: the check, the slots, the orders and the balance
report. Prints seconds of the processor and the peak memory of the process.
"""

import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from simlab.engine.allocation import commitment, draw_slots  # noqa: E402
from simlab.engine.balance import balance  # noqa: E402
from simlab.engine.pack import load_pack  # noqa: E402
from simlab.engine.protocol import check_against_pack, parse_protocol  # noqa: E402
from simlab.engine.schedule import draw_encounters  # noqa: E402

PEOPLE = 5000


def main() -> None:
    pack = load_pack(ROOT / "cases" / "primary-care").model_copy(update={"forms": {}})
    packs = {pack.id: pack}
    text = (ROOT / "protocols" / "demo" / "study.yaml").read_text(encoding="utf-8")
    text = (
        text.replace(": 6,", ": 10,")
        .replace(": 6}", ": 10}")
        .replace("2 of 6", "3 of 10")
        .replace("  strata: [grade]\n", "")
    )
    begun = time.process_time()
    protocol = parse_protocol(text)
    faults = check_against_pack(protocol, packs)
    checked = time.process_time()
    slots = draw_slots(protocol, "large", per_stratum=PEOPLE)
    encounters = draw_encounters(protocol, packs, "large", slots)
    drawn = time.process_time()
    commitment(slots, encounters, "salt")
    committed = time.process_time()
    report = balance(protocol, packs, slots, encounters)
    balanced = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(slots)} people, {len(encounters)} cases, {len(faults)} faults, balanced: {report.holds}")
    print(f"check {checked - begun:.2f} s, draw {drawn - checked:.2f} s, commitment {committed - drawn:.2f} s")
    print(f"balance report {balanced - committed:.2f} s; peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
