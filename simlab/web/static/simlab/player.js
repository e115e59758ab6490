// One page for a whole sitting. The server decides what is shown; this module records the answer, waits until the
// server has it, fetches the next step and swaps it in.

import { AnswerForm } from "./answer.js";
import { countdown } from "./countdown.js";
import { Nudges } from "./nudges.js";
import { Outbox } from "./outbox.js";
import { Presentation } from "./presentation.js";
import { Status, explain } from "./status.js";
import { painted, precision, stampOf, watchAttention } from "./timing.js";

const NOW = () => stampOf(null);

class Player {
  async start() {
    this.root = document.getElementById("player");
    this.status = new Status();
    this.holdTab();
    this.opening = Outbox.open(this.place(), (outbox) => this.status.show(outbox));
    this.terms = fetch(this.root.dataset.terms).then((reply) => reply.json()).then((list) => list.terms).catch(() => []);
    this.show();
    watchAttention((body, stamp) => this.event(body, stamp));
    document.addEventListener("keydown", (event) => this.onKey(event));
    const outbox = await this.opening;
    this.status.show(outbox);
    addEventListener("beforeunload", (event) => outbox.unsent > 0 && outbox.trouble && event.preventDefault());
    precision().then((body) => this.event(body, NOW()));
  }

  place() {
    const { sitting, lease, nextSeq, outbox, answerTo, csrf } = this.root.dataset;
    return { sitting, lease: Number(lease), nextSeq: Number(nextSeq), url: outbox, answerTo, csrf };
  }

  // Wires the step that is in the page now.
  async show() {
    const { encounter, stage } = this.root.dataset;
    this.encounter = encounter;
    this.nudges?.end();
    this.stopCountdown?.();
    this.stopCountdown = countdown(this.root, (text) => this.say(text), () => this.next());
    this.nudges = new Nudges(this.root, this.page(encounter, stage));
    this.presentation?.end();
    this.presentation = new Presentation(this.root, {
      event: (body, stamp) => this.event(body, stamp),
      told: (body, stamp) => this.told(body, stamp),
      say: (text) => this.say(text),
    });
    this.wireAnswerPanel();
    const form = this.root.querySelector("[data-form]");
    this.form = form && new AnswerForm(form, { encounter, most: Number(this.root.dataset.most), terms: this.terms }, (text) => this.say(text));
    form?.addEventListener("submit", (event) => this.commit(event));
    form?.removeAttribute("inert");
    if (this.form?.restored) this.event({ name: "resumed" }, NOW());
    this.form?.prefill(this.root.querySelector("[data-preselected]"));
    const stamp = await painted(this.root);
    if (this.encounter !== encounter) return;
    this.event({ name: "paint", state: stage }, stamp);
    this.nudges.show(stamp);
  }

  // What the nudges of a step may do with the page.
  page(encounter, stage) {
    return {
      encounter,
      stage,
      exposure: (body, stamp) => this.exposure(body, stamp),
      step: (body, stamp) => this.step(body, stamp),
      refresh: (focus) => this.refresh(focus),
      next: () => this.next(),
      say: (text) => this.say(text),
    };
  }

  // A message that moves the case on without an answer. Resolves to false where this window may not go on.
  async step(body, stamp) {
    const { encounter } = this;
    const outbox = await this.opening;
    const result = await outbox.settled(await outbox.add("exposure", encounter, body, stamp));
    if (result.stale) this.status.takenOver(this.root);
    return !result.stale && encounter === this.encounter;
  }

  // A question to the case, and the page as it is once the server has it; null where this window may not go on.
  async told(body, stamp) {
    const { encounter } = this;
    const outbox = await this.opening;
    const result = await outbox.settled(await outbox.add("event", encounter, body, stamp));
    if (result.stale) return this.status.takenOver(this.root), null;
    const fresh = (await this.fetchPage())?.getElementById("player");
    if (encounter !== this.encounter) return null;
    return fresh?.dataset.encounter === encounter ? fresh : (this.next(), null);
  }

  // Advice that was waited for comes into the page; the case and the answer that is being written stay as they are.
  async refresh(focus) {
    const { encounter } = this;
    const page = await this.fetchPage();
    const fresh = page?.getElementById("player");
    if (encounter !== this.encounter) return;
    if (fresh?.dataset.encounter !== encounter) return this.next();
    this.root.dataset.stage = fresh.dataset.stage;
    for (const part of ["[data-nudges]", "[data-banners]"]) this.root.querySelector(part).replaceWith(fresh.querySelector(part));
    this.presentation.heatMaps();
    const title = this.root.querySelector("[data-nudges]").querySelector("#second-opinion-title, #advice-title");
    if (focus) title?.focus();
    this.say(title ? `Shown now: ${title.textContent}` : "");
    const stamp = await painted(this.root);
    if (encounter !== this.encounter) return;
    this.event({ name: "paint", state: this.root.dataset.stage }, stamp);
    this.nudges.page.stage = this.root.dataset.stage;
    this.nudges.show(stamp);
  }

  // On a phone the answer is a sheet over the case, opened by the bar at the bottom.
  wireAnswerPanel() {
    const open = this.root.querySelector("[data-answer-open]");
    const set = (shown) => {
      this.root.classList.toggle("is-answering", shown);
      open.setAttribute("aria-expanded", String(shown));
    };
    open.addEventListener("click", (event) => {
      set(true);
      this.root.querySelector("[data-answer]").focus();
      this.event({ name: "opened-item", item: "answer" }, stampOf(event));
    });
    this.root.querySelector("[data-answer-close]").addEventListener("click", () => {
      set(false);
      open.focus();
    });
  }

  onKey(event) {
    if (event.key === "Escape" && this.root.classList.contains("is-answering")) this.root.querySelector("[data-answer-close]").click();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.commit(event);
    }
  }

  async commit(event) {
    event.preventDefault();
    const stamp = stampOf(event);
    if (!this.form || this.form.busy) return;
    const given = this.form.read();
    if (!given) return;
    this.form.setBusy(true);
    this.nudges.settle(given, stamp);
    const outbox = await this.opening;
    const result = await outbox.settled(await outbox.add("answer", this.encounter, given, stamp));
    if (result.stale) return this.status.takenOver(this.root);
    const problem = ["refused", "conflict"].includes(result.status);
    if (!problem) this.form.forget();
    await this.next(result);
    if (problem) this.status.notice(explain(result));
  }

  // reply: what came back with the answer; where it brought no page, the page is fetched.
  async next(reply = {}) {
    const answering = this.root.classList.contains("is-answering");
    if (reply.next) return location.assign(reply.next);
    const page = reply.html ? parsed(reply.html) : await this.fetchPage();
    const fresh = page?.getElementById("player");
    if (!fresh) return location.assign(this.root.dataset.page);
    const sameCase = fresh.dataset.encounter === this.root.dataset.encounter;
    fresh.classList.toggle("is-answering", answering && sameCase);
    this.root.replaceWith(fresh);
    this.root = fresh;
    document.title = fresh.dataset.title;
    const outbox = await this.opening;
    outbox.moveTo(this.place());
    this.status.show(outbox);
    if (!sameCase) scrollTo(0, 0);
    const heading = fresh.querySelector(sameCase ? "[data-step-title], #advice-title, #second-title" : "#case-title");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: !sameCase });
    this.say(sameCase ? "Your answer is saved." : `${document.title}. Your answer is saved.`);
    this.show();
  }

  // The next page, tried until it comes: the answer is safe already. null when it is no longer a step of a sitting.
  async fetchPage() {
    for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
      try {
        const reply = await fetch(this.root.dataset.page, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15_000) });
        if (reply.status < 500) return reply.ok && !reply.redirected ? parsed(await reply.text()) : null;
      } catch {
        // the network: the same way as a server error
      }
      this.status.line("Saved. Waiting for the connection.");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  event(body, stamp) {
    return this.send("event", body, stamp);
  }

  exposure(body, stamp) {
    return this.send("exposure", body, stamp);
  }

  async send(kind, body, stamp) {
    const { encounter } = this; // as it is now: the outbox may open later
    return (await this.opening).add(kind, encounter, body, stamp);
  }

  say(text) {
    document.getElementById("announcer").textContent = text;
  }

  // One tab at a time: a second tab says so; a click there takes over, and the first becomes read-only.
  holdTab() {
    const { sitting } = this.root.dataset;
    const channel = new BroadcastChannel(`simlab-${sitting}`);
    channel.addEventListener("message", (event) => {
      if (event.data === "here?") channel.postMessage("here");
      if (event.data === "here") this.status.elsewhere(this.root, () => channel.postMessage("mine"));
      if (event.data === "mine") {
        channel.close();
        this.status.takenOver(this.root);
      }
    });
    channel.postMessage("here?");
  }
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

new Player().start();
