"""A small site with the routes that a bot uses, in memory, whose line can fail before or after each request."""

import json
import random
import threading
import uuid
from urllib.parse import parse_qs

import httpx

TOKEN = "<input type=hidden name=csrfmiddlewaretoken value=abc>"


class Site:
    """Two sittings of three cases; the second opens when `now` is 1. Advice stands on each case of the first."""

    def __init__(self, *, failing: float = 0.0, seed: int = 1, advised: bool = True) -> None:
        self.lock = threading.Lock()
        self.chance = random.Random(seed)
        self.failing = failing
        self.advised = advised
        self.now = 0
        self.people: dict[str, dict] = {}
        self.sittings: dict[str, dict] = {}
        self.stored: dict[str, dict] = {}
        self.requests = 0
        self.outcomes: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests += 1
            fault = (
                self.chance.choice(["refused", "cut", "broken", "twice"]) if self.chance.random() < self.failing else ""
            )
            if fault == "refused":
                raise httpx.ConnectError("refused", request=request)
            if fault == "broken":
                return httpx.Response(503, text="try later")
            answer = self.answer(request)
            if fault == "twice":
                answer = self.answer(request)
            if fault == "cut":
                raise httpx.ReadError("cut", request=request)
            return answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.strip("/").split("/")
        form = parse_qs(request.content.decode()) if request.method == "POST" and parts[0] != "api" else {}
        if request.method == "POST" and parts[0] != "api":
            assert form.pop("csrfmiddlewaretoken") == ["abc"]
        if parts[0] == "join":
            return self.join(request, parts[2:], form)
        if parts[0] == "me":
            return self.me(parts[1], request.method)
        if parts[0] == "sit":
            return httpx.Response(200, text="a case")
        if parts[1] == "participants":
            return httpx.Response(200, json={"due": []})
        return self.outbox(parts[2], request) if parts[3] == "outbox" else self.step(parts[2])

    def join(self, request: httpx.Request, rest: list[str], form: dict) -> httpx.Response:
        if not rest:
            return httpx.Response(200, text='<a href="/join/x/consent/">Take part</a>')
        if rest == ["consent"]:
            if request.method == "GET":
                page = (
                    "<input type=checkbox name=statement value=1 required><input type=checkbox name=statement value=2>"
                )
                buttons = "<button name=agree value=yes>Agree</button><button name=agree value=no>No</button>"
                return httpx.Response(200, text=f"<form method=post>{TOKEN}{page}{buttons}</form>")
            if form["agree"] == ["no"]:
                self.outcomes.append("declined")
                return httpx.Response(200, text="Thank you")
            assert form["statement"] == ["1", "2"]
            return httpx.Response(302, headers={"Location": "/join/x/eligibility/"})
        if request.method == "GET":
            page = "<input type=radio name=grade value=gp><input type=radio name=practising value=yes>"
            page += "<input type=radio name=practising value=no>"
            return httpx.Response(200, text=f"<form method=post>{TOKEN}{page}<button>Go on</button></form>")
        if form["practising"] == ["no"]:
            self.outcomes.append("ineligible")
            return httpx.Response(200, text="Not this time")
        person = str(uuid.UUID(int=len(self.people) + 1, version=4))
        self.people[person] = {"sat": [], "grade": form["grade"][0]}
        return httpx.Response(302, headers={"Location": f"/me/{person}/"})

    def me(self, person: str, method: str) -> httpx.Response:
        sat = self.people[person]["sat"]
        still = next((one for one in sat if self.sittings[one]["at"] < 3), None)
        may_start = still is not None or len(sat) <= self.now < 2
        if method == "GET":
            form = f"<form method=post action=/me/{person}/start/>{TOKEN}<button>Start</button></form>"
            return httpx.Response(200, text=form if may_start else "<p>Later</p>")
        if still is None:
            still = str(uuid.UUID(int=1000 + len(self.sittings), version=4))
            self.sittings[still] = {"at": 0, "stage": "", "lease": 0, "number": len(sat), "seqs": set()}
            sat.append(still)
        self.sittings[still]["lease"] += 1
        self.sittings[still]["seqs"] = set()
        return httpx.Response(302, headers={"Location": f"/sit/{still}/"})

    def step(self, sitting: str) -> httpx.Response:
        row = self.sittings[sitting]
        if row["at"] == 3:
            return httpx.Response(200, json={"page": "finished", "lease": row["lease"], "acked": 0})
        two = row["number"] == 0
        stage = row["stage"] or ("initial" if two else "final")
        advice = {"uuid": "card-1"} if stage == "advice" and self.advised else None
        return httpx.Response(
            200,
            json={
                "page": "encounter",
                "lease": row["lease"],
                "acked": self.acked(row),
                "position": row["at"] + 1,
                "of": 3,
                "encounter": self.encounter(sitting),
                "stage": stage,
                "case": {"version": f"v{row['at']}"},
                "advice": advice,
            },
        )

    def encounter(self, sitting: str) -> str:
        return str(uuid.uuid5(uuid.UUID(sitting), str(self.sittings[sitting]["at"])))

    def acked(self, row: dict) -> int:
        acked = 0
        while acked + 1 in row["seqs"]:
            acked += 1
        return acked

    def outbox(self, sitting: str, request: httpx.Request) -> httpx.Response:
        body, row = json.loads(request.content), self.sittings[sitting]
        assert body["lease"] == row["lease"]
        results = [self.take(sitting, row, message) for message in body["messages"]]
        conflict = any(one["status"] == "conflict" for one in results)
        return httpx.Response(409 if conflict else 200, json={"acked": self.acked(row), "results": results})

    def take(self, sitting: str, row: dict, message: dict) -> dict:
        known = self.stored.get(message["uuid"])
        if known is not None:
            same = known["body"] == message["body"]
            return {"uuid": message["uuid"], "status": "repeat" if same else "conflict"}
        row["seqs"].add(message["seq"])
        if message["encounter"] not in [str(uuid.uuid5(uuid.UUID(sitting), str(n))) for n in range(3)]:
            return {"uuid": message["uuid"], "status": "refused", "code": "unknown-encounter"}
        self.stored[message["uuid"]] = message
        if message["kind"] == "answer":
            first = message["body"]["stage"] == "initial"
            row["stage"], row["at"] = (
                ("advice" if self.advised else "reconsider", row["at"]) if first else ("", row["at"] + 1)
            )
        return {"uuid": message["uuid"], "status": "stored"}
