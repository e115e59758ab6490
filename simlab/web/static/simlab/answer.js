// The form of one answer: reads it, says what is missing, keeps a draft on this device until it is saved.

import { Combobox } from "./combobox.js";
import { Confidence } from "./confidence.js";
import { Ranking } from "./ranking.js";

export class AnswerForm {
  // about: {encounter, most, terms: Promise of the list}
  constructor(form, about, say) {
    this.form = form;
    this.stage = form.dataset.stage;
    this.draftName = `simlab-draft/${about.encounter}/${this.stage}`;
    this.busy = false;
    this.choice = "second" in form.dataset ? null : "change";
    this.confidence = new Confidence(form.querySelector("[data-confidence]"), () => this.changed());
    this.ranking = new Ranking(form.querySelector("[data-ranking-list]"), about.most, () => this.changed(), say);
    const input = form.querySelector("[data-combobox]");
    this.combobox = new Combobox(input, [], (term) => this.error("ranking", this.ranking.add(term)));
    about.terms.then((terms) => this.combobox.setTerms(terms));
    form.querySelectorAll("[data-choice]").forEach((button) => button.addEventListener("click", () => this.choose(button.dataset.choice)));
    this.own = ownAnswer();
    if (this.own) this.ranking.set(this.own.differential);
    this.restore();
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
    const typed = this.choice === "change" && this.combobox.freeText();
    if (typed && !this.ranking.items.length) this.ranking.add(typed);
    const differential = this.choice === "keep" ? this.own.differential : this.ranking.items;
    const noTerm = differential.length ? null : "Add at least one diagnosis.";
    const noNumber = this.confidence.isNonsense ? "Confidence must be a whole number from 0 to 100." : "Say how confident you are, from 0 to 100.";
    this.error("ranking", noTerm);
    this.error("confidence", this.confidence.value === null ? noNumber : null);
    if (noTerm) this.combobox.input.focus();
    else if (this.confidence.value === null) this.confidence.slider.focus();
    if (noTerm || this.confidence.value === null) return null;
    return { stage: this.stage, answer: { differential, confidence: this.confidence.value, management: null } };
  }

  error(name, text) {
    const place = this.form.querySelector(`[data-error=${name}]`);
    place.textContent = text ?? "";
    place.hidden = !text;
    place.closest(".nhsuk-form-group").classList.toggle("nhsuk-form-group--error", Boolean(text));
    const field = name === "ranking" ? this.combobox.input : this.confidence.slider;
    const described = name === "ranking" ? "condition-hint" : "";
    field.setAttribute("aria-describedby", text ? `${place.id} ${described}`.trim() : described);
    field.toggleAttribute("aria-invalid", false);
    if (text) field.setAttribute("aria-invalid", "true");
  }

  setBusy(busy) {
    this.busy = busy;
    const button = this.form.querySelector("[data-commit]");
    button.setAttribute("aria-disabled", String(busy));
    button.textContent = busy ? "Saving…" : button.textContent;
    for (const part of this.form.querySelectorAll("[data-ranking], [data-confidence], .choice")) part.inert = busy;
  }

  changed() {
    const draft = { terms: this.ranking.items, confidence: this.confidence.value, choice: this.choice };
    tryStorage((storage) => storage.setItem(this.draftName, JSON.stringify(draft)));
  }

  restore() {
    const draft = tryStorage((storage) => JSON.parse(storage.getItem(this.draftName)));
    if (!draft) return;
    this.ranking.set(draft.terms);
    if (draft.confidence !== null) this.confidence.set(draft.confidence, true);
    if (draft.choice && "second" in this.form.dataset) this.choose(draft.choice);
  }

  forget() {
    tryStorage((storage) => storage.removeItem(this.draftName));
  }
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
