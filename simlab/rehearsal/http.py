"""A virtual clinician in front of the running web site, over HTTP only."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from simlab.rehearsal import joining
from simlab.rehearsal.key import CaseKey, Key
from simlab.rehearsal.ledger import Ledger
from simlab.rehearsal.line import Line, Stopped
from simlab.rehearsal.mind import Encounter, Given, Mind, advice_on
from simlab.rehearsal.outbox import Outbox
from simlab.rehearsal.traits import generator

Outcome = Literal["declined", "ineligible", "waiting", "left"]

SIGN_OF_LIFE_S = 45.0
"""Pause between signs of life while working; the site calls a person idle after a minute without any."""

REPEATED, CHALLENGED = 0.2, 0.25
"""Share of batches sent once more after they were acknowledged, and of sittings with messages that must be refused."""


class Bot:
    """One person at one browser. ``intends`` is what this person does at the door: enrol, decline or be ineligible."""

    def __init__(
        self,
        *,
        number: int,
        mind: Mind,
        key: Key,
        line: Line,
        ledger: Ledger,
        join_url: str,
        sittings: Sequence[str],
        intends: joining.Intent = "enrol",
        arm_of: Callable[[str], str] | None = None,
    ) -> None:
        self.number = number
        self.mind = mind
        self.key = key
        self.line = line
        self.ledger = ledger
        self.join_url = join_url
        self.sittings = sittings
        self.intends: joining.Intent = intends
        self.arm_of = arm_of
        self.participant = ""
        self.sat = 0
        self.left = False
        self.unexpected: list[str] = []
        self._habits = generator(mind.seed, "habits", number)

    def join(self) -> Outcome:
        """Open the link, read, consent, declare; afterwards the home page is known unless the person turned away."""
        self.participant = joining.join(self.line, self.join_url, self.mind.grade, self.intends)
        if self.intends == "enrol":
            self.mind.arm = self.arm_of(self.participant) if self.arm_of else ""
            return "waiting"
        return "declined" if self.intends == "decline" else "ineligible"

    def sit_what_is_open(self, day: float) -> Outcome:
        """Sit every sitting that may be sat on this day; "waiting" when the next is not open or there is none."""
        self.mind.day = day
        while not self.left:
            self._answer_questions()
            home = self.line.page(f"/me/{self.participant}/")
            start = joining.form_to(home, "/start/")
            if start is None:
                return "waiting"
            if self.sat >= len(self.sittings) or self.mind.stays_away(self.sittings[self.sat]):
                self.left = True
                return "left"
            self._sit(self.line.submit(home, start, {}))
        return "left"

    @property
    def completed(self) -> bool:
        return self.sat == len(self.sittings)

    def _sit(self, page: httpx.Response) -> None:
        found = re.search(r"/sit/([0-9a-f-]{36})/", urlsplit(str(page.url)).path)
        if found is None:
            raise Stopped(f"starting a sitting led to {page.url.path}, which is no sitting")
        sitting = found.group(1)
        step = self.line.json(f"/api/sittings/{sitting}/step/")
        outbox = self._outbox(sitting, step)
        self.mind.starts_sitting()
        answered, stops, clock_ms = 0, self.mind.stops_after(int(step.get("of", 0))), 0.0
        while step["page"] in ("encounter", "questions"):
            if step["page"] == "questions":
                self._answer_questions()
                step = self.line.json(f"/api/sittings/{sitting}/step/")
                continue
            if answered >= stops:
                self.left = True
                return
            clock_ms = self._encounter(outbox, step, clock_ms)
            answered += 1
            step = self.line.json(f"/api/sittings/{sitting}/step/")
        self._challenge(outbox)
        self.unexpected.extend(outbox.unexpected)
        self.sat += 1

    def _answer_questions(self) -> None:
        """Fill in every questionnaire that is due, by chance; texts are left out."""
        url = f"/api/participants/{self.participant}/questions/"
        while due := self.line.json(url)["due"]:
            answers = {item["id"]: self._chosen(item) for item in due[0]["items"]}
            self.line.post_json(url, {"answers": answers}, frozenset())

    def _chosen(self, item: Mapping[str, Any]) -> Any:
        if item["kind"] == "text":
            return None
        if item["kind"] == "number":
            return int(self._habits.integers(int(item["low"]), int(item["high"]) + 1))
        if item["kind"] == "scale":
            return item["points"][int(self._habits.integers(len(item["points"])))]
        chosen = item["options"][int(self._habits.integers(len(item["options"])))]["id"]
        return [chosen] if item["kind"] == "choices" else chosen

    def _outbox(self, sitting: str, step: Mapping[str, Any]) -> Outbox:
        uuids = generator(self.mind.seed, "uuid", self.number, sitting)
        return Outbox(
            line=self.line,
            ledger=self.ledger,
            rng=uuids,
            clinician=self.number,
            sitting=sitting,
            lease=int(step["lease"]),
            origin_ms=round(time.time() * 1000.0),
            acked=int(step.get("acked") or 0),
        )

    def _encounter(self, outbox: Outbox, step: Mapping[str, Any], clock_ms: float) -> float:
        """Take one case from its showing to its final answer; returns the browser's clock afterwards."""
        version = str(step["case"]["version"])
        if version not in self.key.cases:
            raise Stopped(f"case version {version} is not in the key of this study")
        case = self.key.cases[version]
        met = self.mind.meet(case)
        if step["stage"] == "initial":
            clock_ms = self._answer(outbox, step, self.mind.first(met), clock_ms + 500.0)
            encounter = step["encounter"]
            step = self.line.json(f"/api/sittings/{outbox.sitting}/step/")
            if step.get("encounter") != encounter:  # a safety net that had nothing to say
                self.mind.remember(aided=False)
                return clock_ms
            step = self._open_advice(outbox, step, clock_ms)
            clock_ms, aided = self._final(outbox, step, met, clock_ms)
        else:
            step = self._open_advice(outbox, step, clock_ms + 500.0)
            clock_ms, aided = self._only(outbox, step, met, case, clock_ms + 500.0)
        self.mind.remember(aided=aided)
        if (step.get("advice") or {}).get("overrideReasons"):
            self._give_reason(outbox, str(step["encounter"]), clock_ms)
        return clock_ms

    def _give_reason(self, outbox: Outbox, encounter: str, clock_ms: float) -> None:
        """Reasons may be asked for after the answer, of everybody or of some."""
        step = self.line.json(f"/api/sittings/{outbox.sitting}/step/")
        if step.get("encounter") == encounter and step["stage"] == "reasons":
            outbox.put("exposure", encounter, clock_ms, {"kind": "reason", "reason": "limited-time"})
            outbox.flush()

    def _open_advice(self, outbox: Outbox, step: Mapping[str, Any], clock_ms: float) -> Mapping[str, Any]:
        """Ask for advice that waits to be asked for, wait for what is late, reflect where that comes first."""
        kinds = {
            "ask": "requested",
            "second": "requested",
            "wait": "revealed",
            "reflect": "reflected",
            "read": "dismissed",
        }
        for _ in kinds:  # a step each at most, whatever the site says
            pending = step.get("pending")
            if not pending:
                break
            body = {"kind": kinds[pending["kind"]]}
            if pending["kind"] == "reflect":
                body |= {"for": "It fits best.", "against": "", "else": ""}
            outbox.put("event", str(step["encounter"]), clock_ms, {"name": "paint", "state": step["stage"]})
            outbox.put("exposure", str(step["encounter"]), clock_ms, body)
            outbox.flush()
            step = self.line.json(f"/api/sittings/{outbox.sitting}/step/")
        return step

    def _final(self, outbox: Outbox, step: Mapping[str, Any], met: Encounter, clock_ms: float) -> tuple[float, bool]:
        advice = advice_on(step, self.key.advice)
        given = self.mind.second_look(met) if advice is None else self.mind.after_advice(met, advice)
        return self._answer(outbox, step, given, clock_ms), advice is not None

    def _only(
        self, outbox: Outbox, step: Mapping[str, Any], met: Encounter, case: CaseKey, clock_ms: float
    ) -> tuple[float, bool]:
        advice = advice_on(step, self.key.advice)
        given = self.mind.first(met) if advice is None else self.mind.after_advice(met, advice, beside=True)
        return self._answer(outbox, step, given, clock_ms), advice is not None

    def _answer(self, outbox: Outbox, step: Mapping[str, Any], given: Given, clock_ms: float) -> float:
        """Report the showing, signs of life, time hidden and the answer, as a browser would; returns its clock."""
        encounter, stage = str(step["encounter"]), str(step["stage"])
        outbox.put("event", encounter, clock_ms, {"name": "paint", "state": stage})
        if step.get("advice"):
            outbox.put("exposure", encounter, clock_ms, {"kind": "rendered"})
            outbox.put("exposure", encounter, clock_ms + 1000.0, {"kind": "seen"})
        clock_ms = self._work(outbox, encounter, given, clock_ms)
        answered = "initial" if stage == "initial" else "final"
        scale = str(step.get("question", {}).get("confidence", "percent"))
        case = self.key.cases[str(step["case"]["version"])]
        answer = case.answer(given.differential, given.confidence, scale)
        outbox.put("answer", encounter, clock_ms, {"stage": answered, "answer": answer})
        outbox.flush(repeat=bool(self._habits.random() < REPEATED))
        return clock_ms

    def _work(self, outbox: Outbox, encounter: str, given: Given, clock_ms: float) -> float:
        if not given.hidden_s:
            return self._read(outbox, encounter, given.seconds, clock_ms)
        clock_ms = self._read(outbox, encounter, given.seconds / 2, clock_ms)
        outbox.put("event", encounter, clock_ms, {"name": "visibility", "state": "hidden"})
        clock_ms += given.hidden_s * 1000.0
        outbox.put("event", encounter, clock_ms, {"name": "visibility", "state": "visible"})
        return self._read(outbox, encounter, given.seconds / 2, clock_ms)

    def _read(self, outbox: Outbox, encounter: str, seconds: float, clock_ms: float) -> float:
        for _ in range(int(seconds / SIGN_OF_LIFE_S)):
            clock_ms += SIGN_OF_LIFE_S * 1000.0
            outbox.put("event", encounter, clock_ms, {"name": "opened-item"})
        return clock_ms + (seconds % SIGN_OF_LIFE_S) * 1000.0

    def _challenge(self, outbox: Outbox) -> None:
        if self._habits.random() < CHALLENGED:
            outbox.try_conflict()
            outbox.try_made_up()
