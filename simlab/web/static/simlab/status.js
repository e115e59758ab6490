// What the page says about saving, in one quiet line, and in a notice when the person has to do something.

const TROUBLE = {
  "logged-out": "This browser has been signed out. Your answers are kept here: open your personal link again (or log in) in another tab, come back, and they will be sent.",
  gone: "This browser is no longer known to the study. Your answers are kept here: open your personal link again (or log in) in another tab, come back, and they will be sent.",
  locked: "The study has been closed by its team. Your answers are kept here, but they can no longer be recorded.",
};
const REFUSED = {
  "already-decided": "This case had been answered already, so the first answer stands.",
  "wrong-stage": "The case had moved on in another window. Here is where it stands now.",
};

export class Status {
  show(outbox) {
    const answers = outbox.unsentAnswers;
    if (outbox.trouble && answers) this.line(`${answers} ${answers === 1 ? "answer" : "answers"} waiting to be sent`, true);
    else if (outbox.trouble && outbox.unsent) this.line("Connection lost. Your work is kept here.", true);
    else if (answers) this.line("Saving…");
    else this.line("Saved ✓");
    if (TROUBLE[outbox.trouble]) this.notice(TROUBLE[outbox.trouble]);
    else if (!outbox.durable) this.notice("This browser does not let SimLab keep answers on this device. Please leave this page open until the line above says Saved.");
  }

  line(text, attention = false) {
    const place = document.querySelector("[data-status]");
    if (!place || place.textContent === text) return;
    place.textContent = text;
    place.classList.toggle("bar__status--waiting", attention);
  }

  notice(text, ...more) {
    const place = document.querySelector("[data-notice]");
    if (!place) return;
    const words = document.createElement("p");
    words.textContent = text;
    place.replaceChildren(words, ...more);
    place.hidden = false;
  }

  // Another tab has this sitting open.
  elsewhere(root, take) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "nhsuk-button nhsuk-button--secondary nhsuk-button--small";
    button.textContent = "Continue here";
    button.addEventListener("click", () => {
      take();
      location.reload();
    });
    root.querySelector("main").inert = true;
    this.notice("This sitting is open in another tab or window. Nothing is lost: carry on there, or continue here.", button);
  }

  takenOver(root) {
    root.querySelector("main").inert = true;
    root.querySelector(".answer-bar").hidden = true;
    this.notice("You are continuing this sitting in another tab or on another device. You can close this one: everything you did here is saved.");
    this.line("Open elsewhere");
  }
}

export function explain(result) {
  return REFUSED[result.code] ?? result.message ?? "That answer could not be recorded as it was. It is kept for the study team.";
}
