// The form of one answer: reads it, says what is missing, keeps a draft on this device until it is saved.

import { confidenceOf } from "./confidence.js";
import { questionForm } from "./forms/index.js";

export class AnswerForm {
  // about: {encounter, most, terms: Promise of the list}
  constructor(form, about, say) {
    this.form = form;
    this.stage = form.dataset.stage;
    this.draftName = `simlab-draft/${about.encounter}/${this.stage}`;
    this.busy = false;
    this.choice = "second" in form.dataset ? null : "change";
    this.restoring = true; // the forms report changes while they are being set up
    this.confidence = confidenceOf(form.querySelector("[data-confidence]"), () => this.changed("confidence"));
    const root = form.querySelector("[data-question]"); // the first; further questions have a part of their own
    this.further = new Map([...form.querySelectorAll("[data-further]")].map((part) => [part.dataset.further, this.furtherForm(part, about, say)]));
    this.kind = root.dataset.question;
    const told = (text) => this.error("question", text, root.querySelector("input"));
    this.question = questionForm(root, { ...about, say, told, changed: () => this.changed("question") });
    form.querySelectorAll("[data-choice]").forEach((button) => button.addEventListener("click", () => this.choose(button.dataset.choice)));
    this.own = ownAnswer();
    if (this.own) this.fill(this.own);
    this.restore();
    this.restoring = false;
  }

  // A suggestion that the arm fills in beforehand; not over what somebody has written. card: its element, or null.
  prefill(card) {
    if (!card || tryStorage((storage) => storage.getItem(this.draftName))) return;
    const suggested = JSON.parse(card.dataset.suggestion);
    const own = (this.own?.differential ?? []).filter((entry) => entry.term !== suggested.term);
    this.question.fill(suggested.answer ?? { ...this.own, differential: [suggested, ...own] });
    if ("second" in this.form.dataset) this.choose("change");
  }

  furtherForm(part, about, say) {
    const name = `${part.dataset.further}-question`;
    return questionForm(part.querySelector("[data-question]"), { ...about, say, told: () => {}, changed: () => this.changed(name) });
  }

  fill(answer) {
    this.question.fill(answer);
    for (const [id, form] of this.further) if (answer.also?.[id]) form.fill(answer.also[id]);
  }

  // The main question, then the further ones; the first that lacks something says so.
  readAll() {
    const read = this.question.read();
    this.error("question", read.problem, read.field);
    if (read.problem || !this.further.size) return read;
    const also = {};
    let first = null;
    for (const [id, form] of this.further) {
      const one = form.read();
      this.error(`${id}-question`, one.problem, one.field);
      if (one.problem) first ??= one;
      else also[id] = one.answer;
    }
    return first ?? { answer: { ...read.answer, also } };
  }

  // Keep or change: the same number of actions either way; only the editor differs.
  choose(choice) {
    this.choice = choice;
    this.form.querySelectorAll("[data-choice]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.choice === choice)));
    this.form.querySelector("[data-choice-body]").hidden = false;
    this.form.querySelector("[data-choice-editor]").hidden = choice !== "change";
    this.changed();
  }

  // {stage, answer} ready to be sent, or null after saying what is missing.
  read() {
    if (this.choice === null) return null;
    const read = this.choice === "keep" ? { answer: this.own } : this.readAll();
    const { value, isNonsense, missing } = this.confidence;
    const noNumber = isNonsense ? "Confidence must be a whole number from 0 to 100." : missing;
    this.error("confidence", value === null ? noNumber : null, this.confidence.field);
    (read.field ?? (value === null ? this.confidence.field : null))?.focus();
    if (read.problem || value === null) return null;
    const kind = this.kind === "ranked-differential" ? {} : { kind: this.kind };
    return { stage: this.stage, answer: { ...kind, ...read.answer, confidence: value } };
  }

  // What is wrong stands above the controls and is tied to the one that has the focus.
  error(name, text, field) {
    const place = this.form.querySelector(`[data-error=${name}]`);
    place.textContent = text ?? "";
    place.hidden = !text;
    place.closest(".nhsuk-form-group").classList.toggle("nhsuk-form-group--error", Boolean(text));
    for (const control of this.form.querySelectorAll(`[aria-describedby~="${place.id}"]`)) {
      control.removeAttribute("aria-invalid");
      describe(control, place.id, false);
    }
    if (!text || !field) return;
    if (!["radio", "checkbox"].includes(field.type)) field.setAttribute("aria-invalid", "true");
    describe(field, place.id, true);
  }

  setBusy(busy) {
    this.busy = busy;
    const button = this.form.querySelector("[data-commit]");
    button.setAttribute("aria-disabled", String(busy));
    button.textContent = busy ? "Saving…" : button.textContent;
    for (const part of this.form.querySelectorAll("[data-question], [data-confidence], .choice")) part.inert = busy;
  }

  // What is being put right is no longer told as wrong.
  changed(part) {
    if (this.restoring) return;
    if (part) this.error(part, null);
    const further = Object.fromEntries([...this.further].map(([id, form]) => [id, form.draft()]));
    const draft = { question: this.question.draft(), further, confidence: this.confidence.value, choice: this.choice };
    tryStorage((storage) => storage.setItem(this.draftName, JSON.stringify(draft)));
  }

  restore() {
    const draft = tryStorage((storage) => JSON.parse(storage.getItem(this.draftName)));
    if (!draft?.question) return;
    this.restored = true;
    this.question.restore(draft.question);
    for (const [id, form] of this.further) if (draft.further?.[id]) form.restore(draft.further[id]);
    if (draft.confidence !== null) this.confidence.set(draft.confidence, true);
    if (draft.choice && "second" in this.form.dataset) this.choose(draft.choice);
  }

  forget() {
    tryStorage((storage) => storage.removeItem(this.draftName));
  }
}

function describe(control, id, add) {
  const others = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((other) => other && other !== id);
  const ids = add ? [id, ...others] : others;
  if (ids.length) control.setAttribute("aria-describedby", ids.join(" "));
  else control.removeAttribute("aria-describedby");
}

function ownAnswer() {
  const list = document.querySelector("[data-own]");
  return list && JSON.parse(list.dataset.own);
}

// Storage may be refused (private windows); a draft is a convenience, so that is no reason to stop.
function tryStorage(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}
