// An accessible combobox over a list of conditions (ARIA 1.2 pattern: the text field keeps the focus).
// The list is the same for everybody; text that is not in it is welcome.

const SHOWN = 8;

export class Combobox {
  // choose({term, icd10}, event) is called for a suggestion or for free text.
  constructor(input, terms, choose) {
    this.input = input;
    this.list = document.getElementById(input.getAttribute("aria-controls"));
    this.choose = choose;
    this.options = [];
    this.active = -1;
    this.setTerms(terms);
    input.addEventListener("input", () => this.open());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the field
    this.list.addEventListener("click", (event) => this.onClick(event));
  }

  setTerms(terms) {
    this.terms = terms.map((term) => ({
      term: term.term,
      icd10: term.icd10 ?? null,
      names: [term.term, ...(term.synonyms ?? [])].map((name) => ({ name, plain: plain(name) })),
    }));
    if (this.input === document.activeElement && this.input.value) this.open();
  }

  open() {
    const typed = plain(this.input.value);
    this.options = typed.length < 2 ? [] : matches(this.terms, typed).slice(0, SHOWN);
    this.active = -1;
    this.list.replaceChildren(...this.options.map((option, i) => this.row(option, i)));
    this.show(this.options.length > 0);
  }

  row(option, i) {
    const row = document.createElement("li");
    row.id = `${this.list.id}-${i}`;
    row.className = "combobox__option";
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.dataset.index = i;
    row.textContent = option.term;
    if (option.through) {
      const through = document.createElement("span");
      through.className = "combobox__also";
      through.textContent = ` (${option.through})`;
      row.append(through);
    }
    return row;
  }

  show(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.mark(open ? this.active : -1);
  }

  close() {
    this.show(false);
  }

  mark(index) {
    this.active = index;
    [...this.list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === index)));
    const row = this.list.children[index];
    if (row) {
      this.input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  onKey(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.open();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const n = this.options.length;
      this.mark(this.active < 0 && step < 0 ? n - 1 : (this.active + step + n) % n);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.take(this.options[this.active] ?? this.exact() ?? this.freeText(), event);
    }
  }

  onClick(event) {
    const row = event.target.closest("[role=option]");
    if (row) this.take(this.options[row.dataset.index], event);
  }

  exact() {
    const typed = plain(this.input.value);
    return this.terms.find((term) => term.names.some((name) => name.plain === typed));
  }

  freeText() {
    const term = this.input.value.trim().replace(/\s+/g, " ");
    return term ? { term, icd10: null } : null;
  }

  take(option, event) {
    if (!option) return;
    this.input.value = "";
    this.close();
    this.choose({ term: option.term, icd10: option.icd10 }, event);
    this.input.focus();
  }
}

function plain(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
}

// Names that begin with the words typed come first, then names in which a word begins with them, then any place.
function matches(terms, typed) {
  const found = [];
  for (const term of terms) {
    let best = 9;
    let through = null;
    term.names.forEach((name, i) => {
      const place = name.plain.indexOf(typed);
      if (place < 0) return;
      const rank = (place === 0 ? 0 : name.plain[place - 1] === " " ? 1 : 2) + (i ? 0.5 : 0);
      if (rank < best) [best, through] = [rank, i ? name.name : null];
    });
    if (best < 9) found.push({ term: term.term, icd10: term.icd10, through, best });
  }
  return found.sort((a, b) => a.best - b.best || a.term.localeCompare(b.term, "en-GB"));
}
