// Figures of a report that answer to pointer and keyboard. Without this module they are the pictures they were, and on
// paper they stay so. The drawing itself carries every value (<title>) and the arm it belongs to (data-arm).

const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

async function enliven(figure) {
  const still = figure.querySelector("img");
  const answer = await fetch(still.src);
  if (!answer.ok) return;
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  const points = [...drawing.querySelectorAll(".point")];
  if (drawing.localName !== "svg" || !points.length) return;
  ownIds(drawing, `${figure.dataset.figure}-`);
  drawing.removeAttribute("width");
  drawing.removeAttribute("height");
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", `${still.alt} Arrow keys step through the values.`);
  const live = document.createElement("div");
  live.className = "figure__live";
  live.append(document.importNode(drawing, true));
  still.before(live);
  figure.classList.add("has-live");
  const marks = [...live.querySelectorAll(".point")];
  tell(figure, marks);
  choose(figure, live, marks);
}

// Two drawings on one page name their shapes alike.
function ownIds(drawing, prefix) {
  for (const one of drawing.querySelectorAll("*")) {
    if (one.id) one.id = prefix + one.id;
    for (const { name, value } of [...one.attributes]) {
      if (value.includes("url(#")) one.setAttribute(name, value.replaceAll("url(#", `url(#${prefix}`));
      if (name.endsWith("href") && value.startsWith("#")) one.setAttribute(name, `#${prefix}${value.slice(1)}`);
    }
  }
}

// One stop of the tab key for a figure; arrow keys move among its values.
function tell(figure, marks) {
  const tip = document.createElement("div");
  tip.className = "figure__tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the mark's own label says the same
  figure.append(tip);
  for (const [place, mark] of marks.entries()) {
    const title = mark.querySelector("title");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", title.textContent);
    mark.setAttribute("tabindex", place ? "-1" : "0");
    title.remove(); // the browser would show it a second time
    const show = () => showTip(figure, tip, mark);
    const hide = () => { tip.hidden = true; };
    mark.addEventListener("pointerenter", show);
    mark.addEventListener("pointerleave", hide);
    mark.addEventListener("focus", show);
    mark.addEventListener("blur", hide);
    mark.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      const seen = marks.filter((one) => !one.closest(".is-off"));
      stepTo(marks, seen[(seen.indexOf(mark) + KEYS[event.key] + seen.length) % seen.length]);
    });
  }
}

function stepTo(marks, next) {
  for (const one of marks) one.setAttribute("tabindex", one === next ? "0" : "-1");
  next.focus();
}

function showTip(figure, tip, mark) {
  tip.textContent = mark.getAttribute("aria-label");
  tip.hidden = false;
  const [frame, at] = [figure.getBoundingClientRect(), mark.getBoundingClientRect()];
  const left = at.left + at.width / 2 - frame.left - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(4, Math.min(left, frame.width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${Math.max(4, at.top - frame.top - tip.offsetHeight - 8)}px`;
}

// A button for each arm; the last arm that is shown cannot be taken away.
function choose(figure, live, marks) {
  const parts = [...live.querySelectorAll("[data-arm]")].filter((part) => part.dataset.arm);
  const arms = [...new Set(parts.map((part) => part.dataset.arm))];
  if (arms.length < 2) return;
  const group = document.createElement("fieldset");
  group.className = "figure__arms";
  const legend = document.createElement("legend");
  legend.textContent = "Arms shown";
  group.append(legend);
  const off = new Set();
  for (const arm of arms) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "figure__arm";
    button.textContent = arm[0].toUpperCase() + arm.slice(1);
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      if (!off.delete(arm) && off.size < arms.length - 1) off.add(arm);
      button.setAttribute("aria-pressed", String(!off.has(arm)));
      for (const part of parts) part.classList.toggle("is-off", off.has(part.dataset.arm));
      const seen = marks.filter((one) => !one.closest(".is-off"));
      for (const one of marks) one.setAttribute("tabindex", one === seen[0] ? "0" : "-1");
    });
    group.append(button);
  }
  live.before(group);
}

// What is folded on screen is open on paper.
const folded = () => document.querySelectorAll("details.unfold:not([open])");
addEventListener("beforeprint", () => { for (const one of folded()) { one.open = true; one.dataset.printed = ""; } });
addEventListener("afterprint", () => {
  for (const one of document.querySelectorAll("details[data-printed]")) { one.open = false; delete one.dataset.printed; }
});

for (const figure of document.querySelectorAll("[data-figure]")) {
  enliven(figure).catch(() => {}); // the still picture is there
}
