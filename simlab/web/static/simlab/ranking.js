// A short ranked list: add, remove, and move by buttons, arrow keys on the grip, or drag.

export class Ranking {
  // changed() after each change; say(text) speaks to screen readers.
  constructor(list, most, changed, say) {
    this.list = list;
    this.most = most;
    this.changed = changed;
    this.say = say;
    this.items = [];
    list.addEventListener("click", (event) => this.onClick(event));
    list.addEventListener("keydown", (event) => this.onKey(event));
    list.addEventListener("pointerdown", (event) => this.onGrip(event));
  }

  set(items) {
    this.items = items.map((item) => ({ term: item.term, icd10: item.icd10 ?? null }));
    this.draw();
  }

  // Returns a sentence when the term cannot be added, else null.
  add(item) {
    const same = this.items.some((other) => other.term.toLowerCase() === item.term.toLowerCase());
    if (same) return `${item.term} is in your list already.`;
    if (this.items.length >= this.most) return `You can list ${this.most} at most. Remove one first.`;
    this.items.push(item);
    this.draw();
    this.changed();
    this.say(`${item.term} added as number ${this.items.length}.`);
    return null;
  }

  remove(index) {
    const [gone] = this.items.splice(index, 1);
    this.draw();
    this.changed();
    this.say(`${gone.term} removed.`);
    (this.button(Math.min(index, this.items.length - 1), "remove") ?? document.querySelector("[data-combobox]"))?.focus();
  }

  move(index, to, focus) {
    if (to < 0 || to >= this.items.length || to === index) return;
    const [item] = this.items.splice(index, 1);
    this.items.splice(to, 0, item);
    this.draw();
    this.changed();
    this.say(`${item.term} is now number ${to + 1} of ${this.items.length}.`);
    const button = focus && this.button(to, focus);
    (button?.disabled ? this.button(to, "grip") : button)?.focus();
  }

  button(index, action) {
    return this.list.children[index]?.querySelector(`[data-action=${action}]`);
  }

  draw() {
    this.list.replaceChildren(...this.items.map((item, i) => this.row(item, i)));
  }

  row(item, i) {
    const row = document.createElement("li");
    row.className = "ranking__item";
    row.dataset.index = i;
    const grip = action("grip", `Move ${item.term}, number ${i + 1}: use the up and down arrow keys`, "⠿");
    const number = element("span", "ranking__number", String(i + 1));
    number.setAttribute("aria-hidden", "true");
    const name = element("span", "ranking__term", item.term);
    const up = action("up", `Move ${item.term} up`, "↑");
    up.disabled = i === 0;
    const down = action("down", `Move ${item.term} down`, "↓");
    down.disabled = i === this.items.length - 1;
    row.append(grip, number, name, up, down, action("remove", `Remove ${item.term}`, "×"));
    return row;
  }

  onClick(event) {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    const index = Number(button.closest("li").dataset.index);
    if (button.dataset.action === "remove") this.remove(index);
    if (button.dataset.action === "up") this.move(index, index - 1, "up");
    if (button.dataset.action === "down") this.move(index, index + 1, "down");
  }

  onKey(event) {
    if (event.target.dataset.action !== "grip") return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = Number(event.target.closest("li").dataset.index);
    this.move(index, index + step, "grip");
  }

  onGrip(event) {
    if (event.target.dataset.action !== "grip" || event.button !== 0) return;
    event.preventDefault();
    let index = Number(event.target.closest("li").dataset.index);
    event.target.focus();
    const onMove = (moved) => {
      const over = [...this.list.children].findIndex((row) => moved.clientY < row.getBoundingClientRect().bottom);
      const to = over < 0 ? this.items.length - 1 : over;
      if (to === index) return;
      this.move(index, to, "grip");
      index = to;
      this.list.children[index].classList.add("ranking__item--held");
    };
    const onEnd = () => {
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onEnd);
      removeEventListener("pointercancel", onEnd);
      for (const row of this.list.children) row.classList.remove("ranking__item--held");
    };
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onEnd);
    addEventListener("pointercancel", onEnd);
  }
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function action(name, label, sign) {
  const button = element("button", `ranking__button ranking__button--${name}`, sign);
  button.type = "button";
  button.dataset.action = name;
  button.setAttribute("aria-label", label);
  return button;
}
