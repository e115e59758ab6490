// The live chat of a case. Questions go to the server, which asks the model and keeps every turn; answers are text.

const REPLY_WITHIN_MS = 90_000;

export class Chat {
  constructor(root, say) {
    this.place = root.querySelector("[data-chat]");
    if (!this.place) return;
    this.say = say;
    this.form = this.place.querySelector("[data-chat-form]");
    this.text = this.place.querySelector("[data-chat-text]");
    this.button = this.place.querySelector("[data-chat-send]");
    this.csrf = root.dataset.csrf;
    this.form.addEventListener("submit", (event) => this.ask(event));
    this.close(this.place.dataset.left === "0");
  }

  async ask(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text || this.busy) return;
    this.wait(true);
    this.add("clinician", "You", text);
    const reply = await this.send(text);
    this.add("model", this.place.querySelector("h2").textContent, reply.shown);
    this.place.querySelector("[data-chat-left]").textContent = reply.left_words;
    this.text.value = "";
    this.wait(false);
    this.close(reply.left === 0);
  }

  async send(text) {
    try {
      const reply = await fetch(this.place.dataset.chat, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
        body: JSON.stringify({ text }),
        signal: AbortSignal.timeout(REPLY_WITHIN_MS),
      });
      const body = await reply.json();
      return reply.ok ? body : { shown: body.message, left: body.left ?? 1, left_words: body.message };
    } catch {
      const words = "The connection failed. You can try again, or answer without it.";
      return { shown: words, left: 1, left_words: "" };
    }
  }

  add(role, who, words) {
    const turn = document.createElement("li");
    turn.className = `chat__turn chat__turn--${role}`;
    for (const [name, text] of [["chat__who quiet", who], ["chat__words", words]]) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      turn.append(part);
    }
    this.place.querySelector("[data-turns]").append(turn);
    turn.scrollIntoView({ block: "nearest" });
  }

  wait(busy) {
    this.busy = busy;
    this.button.setAttribute("aria-disabled", String(busy));
    this.button.textContent = busy ? "Waiting for an answer…" : "Send";
  }

  close(isUsedUp) {
    this.form.querySelector(".nhsuk-form-group").hidden = isUsedUp;
    this.button.hidden = isUsedUp;
  }
}
