// The case itself: its parts, what is asked for, what opens, pictures, and whoever breaks in. Everything that was looked
// at becomes an event; nothing here decides anything.

import { interruption } from "./interruption.js";
import { panels } from "./panels.js";
import { stampOf } from "./timing.js";
import { Viewer } from "./viewer.js";

export class Presentation {
  // page: {event(body, stamp), told(body, stamp) → the fresh page or null, say(text)}
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.viewers = new Map();
    const opened = (item, event) => page.event({ name: "opened-item", item }, stampOf(event));
    this.case = root.querySelector(".case");
    root.querySelectorAll("[data-panels]").forEach((part) => panels(part, opened));
    this.wire(this.case);
    this.case.addEventListener("click", (event) => {
      const summary = event.target.closest("[data-opens] > summary");
      if (summary && !summary.parentElement.open) opened(summary.parentElement.dataset.opens, event);
      const button = event.target.closest("[data-ask-item]");
      if (button) this.ask(button, event);
    });
    this.ends = this.watchEnds();
    this.stopInterruption = interruption(root, page);
  }

  wire(part) {
    for (const figure of part.querySelectorAll("[data-viewer]")) {
      this.viewers.set(figure.dataset.viewer, new Viewer(figure, (body, stamp) => this.page.event(body, stamp)));
    }
    this.heatMaps();
  }

  // What the adviser looked at lies over its picture as long as the card is on the page.
  heatMaps() {
    for (const card of this.root.querySelectorAll("[data-heat-map]")) {
      const { item, image, alt, label } = JSON.parse(card.dataset.heatMap);
      this.viewers.get(item)?.add(`advice-${card.dataset.card}`, { src: image, alt, label });
    }
  }

  // The finding is not in the page before it was asked for: the server has to have the question first.
  async ask(button, event) {
    const { askItem } = button.dataset;
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    const fresh = await this.page.told({ name: "asked", item: askItem }, stampOf(event));
    if (!fresh) return;
    for (const menu of this.case.querySelectorAll("[data-menu]")) this.renew(menu, fresh.querySelector(`[data-menu="${menu.dataset.menu}"]`));
    this.case.querySelector("[data-asking]").replaceWith(fresh.querySelector("[data-asking]"));
    const told = this.case.querySelector(`[data-asked="${askItem}"]`);
    told?.querySelector("h2").focus();
    this.page.say(told ? told.innerText : "");
  }

  // Only entries that changed are replaced, so that a picture that was zoomed stays as it is.
  renew(menu, fresh) {
    const renewed = [...fresh.children]; // one that is taken over leaves the fresh page
    [...menu.children].forEach((entry, i) => {
      const next = renewed[i];
      if (entry.matches("[data-asked]") || entry.outerHTML === next.outerHTML) return;
      entry.replaceWith(next);
      if (next.matches("[data-asked]")) this.wire(next);
    });
  }

  // Each part that was scrolled to its end, once.
  watchEnds() {
    const watcher = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((one) => one.isIntersecting)) {
        watcher.unobserve(entry.target);
        this.page.event({ name: "scrolled-to-end", item: entry.target.dataset.end }, { t_mono_ms: entry.time, t_origin_ms: performance.timeOrigin });
      }
    });
    this.case.querySelectorAll("[data-end]").forEach((end) => watcher.observe(end));
    return watcher;
  }

  end() {
    this.ends.disconnect();
    this.stopInterruption();
  }
}
