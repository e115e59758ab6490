// The nudges of one step: what was shown of them and for how long, what was pressed, and what the page waits for.

import { Chat } from "./chat.js";
import { markWords, unmark } from "./highlight.js";
import { stampOf, watchView } from "./timing.js";

export class Nudges {
  // page: {encounter, stage, exposure(body, stamp), step(body, stamp), refresh(focus), next(), say(text)}
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.stops = new Map();
    this.seen = new Set();
    this.timer = null;
    this.chat = new Chat(root, (text) => page.say(text));
    this.onKey = (event) => event.key === "Escape" && this.close?.(event);
    document.addEventListener("keydown", this.onKey);
    this.wireReflection();
    this.wireReasons();
    this.wireEarly();
  }

  // Called once the step is painted, and again when advice that was waited for has been painted.
  show(stamp) {
    unmark(this.root);
    this.root.querySelectorAll("[data-card]").forEach((card) => this.watch(card, stamp));
    this.wirePending();
  }

  watch(card, stamp) {
    const name = card.dataset.card;
    const tell = (kind, at, more = {}) => this.page.exposure({ kind, card: name, ...more }, at);
    markWords(this.root.querySelector("[data-case]") ?? this.root.querySelector(".case"), JSON.parse(card.dataset.highlights ?? "[]"));
    if (this.stops.has(name)) return;
    if (card.classList.contains("nudge--panel")) this.raise(card, tell);
    renderedHash(card).then((rendered_sha256) => tell("rendered", stamp, { rendered_sha256 }));
    const stop = watchView(card, (dwell_ms, end) => {
      this.seen.add(name);
      tell("seen", end, { dwell_ms });
    });
    this.stops.set(name, stop);
    card.querySelectorAll("[data-advice-more]").forEach((more) => {
      more.addEventListener("click", (event) => {
        if (event.target.closest("summary") && !more.open) tell("opened", stampOf(event), { part: more.dataset.adviceMore });
      });
    });
    card.querySelectorAll("[data-advice-link]").forEach((link) => link.addEventListener("click", (event) => tell("followed-link", stampOf(event))));
    if (card.classList.contains("nudge--banner")) {
      card.querySelector("[data-dismiss]").addEventListener("click", (event) => {
        tell("dismissed", stampOf(event));
        this.stops.get(name)(event.timeStamp);
        card.hidden = true;
        this.root.querySelector(".case__title").focus();
      });
    }
  }

  // A card over the page: one press, or Escape, puts it back in its place beside the answer.
  raise(card, tell) {
    const still = [];
    for (let part = card; part !== this.root; part = part.parentElement) {
      for (const other of part.parentElement.children) if (other !== part && !other.inert) still.push(other);
    }
    still.forEach((other) => (other.inert = true));
    card.classList.add("is-raised");
    card.setAttribute("role", "dialog");
    this.root.classList.add("is-answering");
    card.querySelector("h2").focus();
    this.close = (event) => {
      tell("dismissed", stampOf(event));
      still.forEach((other) => (other.inert = false));
      card.classList.remove("is-raised");
      card.removeAttribute("role");
      card.querySelector("[data-dismiss]").hidden = true;
      this.root.querySelector("#second-title, [data-form] h2")?.focus();
      this.close = null;
    };
    card.querySelector("[data-dismiss]").addEventListener("click", this.close);
  }

  wirePending() {
    const wait = this.root.querySelector("[data-pending]");
    clearTimeout(this.timer);
    if (!wait) return;
    wait.querySelector("[data-ask]")?.addEventListener("click", (event) => this.take({ kind: "requested" }, stampOf(event), true), { once: true });
    if (wait.dataset.pending === "wait") this.timer = setTimeout(() => this.take({ kind: "revealed" }, stampOf(null), false), this.remaining(wait));
  }

  // What is left of the waiting, also after the page was loaded again.
  remaining(wait) {
    const name = `simlab-wait/${this.page.encounter}/${this.page.stage}`;
    let since = Date.now();
    try {
      since = Number(sessionStorage.getItem(name)) || since;
      sessionStorage.setItem(name, since);
    } catch {
      // storage refused: the waiting begins anew
    }
    return Math.max(0, since + 1000 * Number(wait.dataset.seconds) - Date.now());
  }

  async take(body, stamp, focus) {
    const result = await this.page.step(body, stamp);
    if (result) await this.page.refresh(focus);
  }

  wireReflection() {
    const form = this.root.querySelector("[data-reflection]");
    form?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const texts = Object.fromEntries(["for", "against", "else"].map((name) => [name, form.elements[name].value]));
      const empty = Object.values(texts).every((text) => !text.trim());
      tellError(form, "[data-reflection-error]", empty ? "Write a few words in at least one of the three." : "", form.elements.for);
      if (!empty && once(form)) await this.leave({ kind: "reflected", ...texts }, stampOf(event));
    });
  }

  // What comes before the history is read, and one press goes on to the case.
  wireEarly() {
    const early = this.root.querySelector("[data-early]");
    const card = this.root.querySelector("[data-card]")?.dataset.card ?? "first";
    early?.querySelector("[data-begin]").addEventListener("click", (event) => once(early) && this.leave({ kind: "dismissed", card }, stampOf(event)));
  }

  wireReasons() {
    const form = this.root.querySelector("[data-reasons]");
    form?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const reason = new FormData(form).get("reason");
      tellError(form, "[data-reasons-error]", reason ? "" : "Choose what mattered most.", form.querySelector("[name=reason]"));
      if (reason && once(form)) await this.leave({ kind: "reason", reason, comment: form.elements.comment.value }, stampOf(event));
    });
    form?.querySelector("[data-skip]")?.addEventListener("click", (event) => once(form) && this.leave({ kind: "reason" }, stampOf(event)));
  }

  async leave(body, stamp) {
    this.stop(stamp.t_mono_ms);
    const result = await this.page.step(body, stamp);
    if (result) await this.page.next();
  }

  // At the last answer: what became of the advice, by what the person could see and what was answered.
  settle(given, stamp) {
    this.stop(stamp.t_mono_ms);
    if (given.stage !== "final") return;
    for (const card of this.root.querySelectorAll("[data-suggestion]")) {
      const suggested = JSON.parse(card.dataset.suggestion);
      const kind = this.seen.has(card.dataset.card) ? reaction(suggested, given.answer) : "ignored";
      this.page.exposure({ kind, card: card.dataset.card }, stamp);
    }
  }

  stop(time) {
    clearTimeout(this.timer);
    this.stops.forEach((stop) => stop(time));
  }

  end() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.timer);
  }
}

// accepted: the suggestion is the answer, or stands first in it; edited: part of it is in the answer; else overridden.
function reaction(suggested, answer) {
  if (suggested.answer) {
    const [wanted, given] = [leaves(suggested.answer), new Set(leaves(answer))];
    const kept = wanted.filter((leaf) => given.has(leaf)).length;
    const own = leaves(Object.fromEntries(Object.keys(suggested.answer).map((part) => [part, answer[part]])));
    return kept === wanted.length && own.length === wanted.length ? "accepted" : kept ? "edited" : "overridden";
  }
  const rank = (answer.differential ?? []).findIndex((entry) => plain(entry.term) === plain(suggested.term));
  return rank === 0 ? "accepted" : rank > 0 ? "edited" : "overridden";
}

// Every value of an answer with its place in it; the order counts in a ranking and nowhere else.
function leaves(value, place = "") {
  if (Array.isArray(value)) return value.flatMap((one, i) => leaves(one, place.endsWith("/ranking") ? `${place}/${i}` : place));
  if (value !== null && typeof value === "object") return Object.entries(value).flatMap(([name, one]) => leaves(one, `${place}/${name}`));
  return value === null ? [] : [`${place}=${typeof value === "string" ? plain(value) : value}`];
}

function plain(term) {
  return term.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

function once(form) {
  if (form.inert) return false;
  form.inert = true;
  return true;
}

function tellError(form, place, text, field) {
  const told = form.querySelector(place);
  told.textContent = text;
  told.hidden = !text;
  if (text) field.focus();
}

// The hash of the words that the card shows, as the server has it (simlab/engine/rendered.py).
async function renderedHash(card) {
  if (!crypto.subtle) return ""; // only on secure origins
  const words = [...card.querySelectorAll("[data-shown]")].map((part) => part.textContent.replace(/\s+/g, " ").trim());
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words.join("\n")));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
