// The parts of a case: one below the other on a phone (plain <details>), tabs where there is room.

const WIDE = matchMedia("(min-width: 56em)");

// opened(name, event) is called each time the person opens a part.
export function panels(root, opened) {
  const parts = [...root.querySelectorAll(".panel")];
  const tabs = tabList(parts, root);
  for (const part of parts) {
    part.querySelector("summary").addEventListener("click", (event) => {
      if (!part.open) opened(part.dataset.panel, event);
    });
  }
  const choose = (index, focus) => {
    parts.forEach((part, i) => (part.open = i === index));
    [...tabs.children].forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
    });
    if (focus) tabs.children[index].focus();
  };
  tabs.addEventListener("click", (event) => {
    const index = [...tabs.children].indexOf(event.target.closest("[role=tab]"));
    if (index < 0) return;
    choose(index);
    opened(parts[index].dataset.panel, event);
  });
  tabs.addEventListener("keydown", (event) => {
    const now = [...tabs.children].findIndex((tab) => tab.tabIndex === 0);
    const to = { ArrowRight: (now + 1) % parts.length, ArrowLeft: (now + parts.length - 1) % parts.length, Home: 0, End: parts.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to, true);
    opened(parts[to].dataset.panel, event);
  });
  const arrange = () => {
    root.classList.toggle("panels--tabs", WIDE.matches);
    parts.forEach((part) => asPanel(part, WIDE.matches));
    if (WIDE.matches) choose(Math.max(0, parts.findIndex((part) => part.open)));
  };
  WIDE.addEventListener("change", arrange);
  arrange();
}

function tabList(parts, root) {
  const tabs = document.createElement("div");
  tabs.className = "panels__tabs";
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", "Parts of the case");
  for (const part of parts) {
    part.id = `panel-${part.dataset.panel}`;
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${part.dataset.panel}`;
    tab.className = "panels__tab";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", part.id);
    tab.textContent = part.querySelector("summary").textContent;
    tabs.append(tab);
  }
  root.prepend(tabs);
  return tabs;
}

// <details> may not carry role=tabpanel, so the panel role goes to the body inside it.
function asPanel(part, tabbed) {
  const body = part.querySelector(".panel__body");
  part.querySelector("summary").hidden = tabbed;
  if (tabbed) {
    body.setAttribute("role", "tabpanel");
    body.setAttribute("aria-labelledby", `tab-${part.dataset.panel}`);
    body.tabIndex = 0;
  } else {
    for (const name of ["role", "aria-labelledby", "tabindex"]) body.removeAttribute(name);
  }
}
