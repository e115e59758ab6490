// The outbox: every message is written to IndexedDB before it is sent, and deleted only when the server names it.
// Network errors and HTTP errors take the same way back: wait longer, try again, for as long as the page lives.

const DATABASE = "simlab-outbox";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const REPLY_WITHIN_MS = 15_000;
const COMPANY_MS = 3_000; // what nobody waits for goes with the next answer, or alone after so long
const BATCH = 40;
const KEEPALIVE_BYTES = 60_000; // browsers refuse more than 64 KiB on the way out

export class Outbox {
  #store;
  #place;
  #listen;
  #waiting = new Map(); // uuid -> resolve of settled()
  #results = new Map();
  #wait = FIRST_WAIT_MS;
  #timer = null;
  #lazy = null;
  #busy = false;
  #again = false;
  trouble = null; // null | "offline" | "logged-out" | "locked" | "gone"
  unsent = 0;
  unsentAnswers = 0;
  durable = true;

  // place: {sitting, lease, nextSeq, url, answerTo, csrf}; listen(outbox) is called whenever something changed.
  static async open(place, listen) {
    const outbox = new Outbox();
    outbox.#place = place;
    outbox.#listen = listen;
    outbox.#store = await openStore();
    outbox.durable = outbox.#store.durable;
    await outbox.#count();
    addEventListener("online", () => outbox.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && outbox.#lastChance());
    addEventListener("pagehide", () => outbox.#lastChance());
    outbox.flush().then(() => outbox.sendLeftovers());
    return outbox;
  }

  moveTo(place) {
    this.#place = place;
    this.#wait = FIRST_WAIT_MS;
  }

  // Resolves with the message's uuid once it is safe on this device. stamp: {t_mono_ms, t_origin_ms}.
  async add(kind, encounter, body, stamp) {
    const { sitting, lease, nextSeq, url } = this.#place;
    const message = { uuid: newUuid(), kind, encounter, ...stamp, body };
    await this.#store.put({ sitting, lease, url, message }, nextSeq);
    await this.#count();
    this.#listen(this);
    if (kind === "answer") this.flush();
    else this.#flushLater();
    return message.uuid;
  }

  #flushLater() {
    this.#lazy ??= setTimeout(() => this.flush(), COMPANY_MS);
  }

  // Resolves with the server's result for a message: {uuid, status, code?, message?, stale?}, and after an answer
  // {html} of the step that follows or {next}, the address to go to.
  settled(uuid) {
    this.flush();
    const known = this.#results.get(uuid);
    return known ? Promise.resolve(known) : new Promise((resolve) => this.#waiting.set(uuid, resolve));
  }

  async flush() {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    clearTimeout(this.#lazy);
    this.#lazy = null;
    this.#busy = true;
    try {
      for (let batch = await this.#nextBatch(); batch; batch = await this.#nextBatch()) await this.#send(batch);
      this.#wait = FIRST_WAIT_MS;
      this.trouble = null;
    } catch (error) {
      this.trouble = error.trouble ?? "offline";
      this.#timer = setTimeout(() => this.flush(), this.#wait * (0.5 + Math.random()));
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    }
    this.#busy = false;
    await this.#count();
    this.#listen(this);
    if (this.#again && !this.trouble) this.flush();
    this.#again = false;
  }

  // What an earlier sitting on this device left behind. A failure here never holds up the present sitting.
  async sendLeftovers() {
    const rows = (await this.#store.rows()).filter((row) => row.sitting !== this.#place.sitting);
    for (const batch of batches(rows)) await this.#send(batch).catch(() => {});
  }

  async #count() {
    const rows = await this.#store.rows(this.#place.sitting);
    this.unsent = rows.length;
    this.unsentAnswers = rows.filter((row) => row.message.kind === "answer").length;
  }

  async #nextBatch() {
    return batches((await this.#store.rows(this.#place.sitting)).slice(0, BATCH))[0];
  }

  async #send(batch, options = {}) {
    const response = await fetch(this.#addressOf(batch), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#place.csrf },
      body: batch.body,
      signal: AbortSignal.timeout(REPLY_WITHIN_MS),
      redirect: "error",
      ...options,
    });
    const reply = await response.json().catch(() => ({}));
    if ([413, 422].includes(response.status) && batch.rows.length > 1) return this.#sendOneByOne(batch);
    if (response.status === 422) reply.results = [{ uuid: batch.rows[0].message.uuid, status: "refused", ...reply }];
    if (!Array.isArray(reply.results)) throw Object.assign(new Error("not taken"), { trouble: troubleOf(response.status) });
    await this.#settle(batch, reply);
  }

  // An answer of the sitting on this page asks for the page that follows as well.
  #addressOf(batch) {
    const { sitting, answerTo } = this.#place;
    const here = batch.rows.some((row) => row.message.kind === "answer" && row.sitting === sitting);
    return here && answerTo ? answerTo : batch.url;
  }

  // The server could not read the batch at all, or it is too large: one by one, so that no message holds up another.
  async #sendOneByOne(batch) {
    for (const row of batch.rows) await this.#send(batches([row])[0]);
  }

  async #settle(batch, reply) {
    const byUuid = new Map(reply.results.map((result) => [result.uuid, result]));
    for (const row of batch.rows) {
      const result = byUuid.get(row.message.uuid);
      if (!result) continue;
      await this.#store.remove(row);
      const whole = { ...result, stale: Boolean(reply.stale), html: reply.html, next: reply.next };
      this.#results.set(result.uuid, whole);
      this.#waiting.get(result.uuid)?.(whole);
      this.#waiting.delete(result.uuid);
    }
    if (!batch.rows.some((row) => byUuid.has(row.message.uuid))) throw new Error("none of the batch was named");
  }

  // The page may be about to go: one attempt that outlives it. What is not acknowledged stays in the store.
  async #lastChance() {
    const batch = await this.#nextBatch();
    if (!batch || this.#busy) return;
    this.#send(batch, { keepalive: batch.body.length < KEEPALIVE_BYTES }).catch(() => {});
  }
}

// The server counts per sitting and lease, so a batch never mixes them.
function batches(rows) {
  const byLease = new Map();
  for (const row of rows) {
    const name = `${row.url} ${row.lease}`;
    byLease.set(name, [...(byLease.get(name) ?? []), row]);
  }
  return [...byLease.values()].map((same) => ({
    url: same[0].url,
    rows: same,
    body: JSON.stringify({ lease: same[0].lease, messages: same.map(asSent) }),
  }));
}

function asSent(row) {
  return { ...row.message, seq: row.seq };
}

function troubleOf(status) {
  return { 401: "logged-out", 403: "logged-out", 404: "gone", 423: "locked" }[status] ?? "offline";
}

// crypto.randomUUID exists only on secure origins; a site tried out over plain http still needs unique names.
function newUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function openStore() {
  try {
    return new DiskStore(await openDatabase());
  } catch {
    return new MemoryStore();
  }
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("messages", { keyPath: ["sitting", "lease", "seq"] });
      request.result.createObjectStore("counters");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("blocked"));
  });
}

class DiskStore {
  durable = true;
  constructor(database) {
    this.database = database;
  }

  // The running number is drawn in the same transaction, so two tabs cannot draw the same one.
  put(row, nextSeq) {
    return this.#transact("readwrite", (messages, counters) => {
      const name = `${row.sitting}/${row.lease}`;
      counters.get(name).onsuccess = (event) => {
        const seq = Math.max((event.target.result ?? 0) + 1, nextSeq);
        counters.put(seq, name);
        messages.put({ ...row, seq });
      };
    });
  }
  // All rows of one sitting (or of every sitting), oldest first.
  rows(sitting) {
    const range = sitting && IDBKeyRange.bound([sitting], [sitting, []]);
    return this.#transact("readonly", (messages) => messages.getAll(range));
  }
  remove(row) {
    return this.#transact("readwrite", (messages) => messages.delete([row.sitting, row.lease, row.seq]));
  }

  #transact(mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(["messages", "counters"], mode, { durability: "strict" });
      const request = work(transaction.objectStore("messages"), transaction.objectStore("counters"));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}

class MemoryStore {
  durable = false;
  kept = [];
  counters = new Map();
  async put(row, nextSeq) {
    const name = `${row.sitting}/${row.lease}`;
    const seq = Math.max((this.counters.get(name) ?? 0) + 1, nextSeq);
    this.counters.set(name, seq);
    this.kept.push({ ...row, seq });
  }
  async rows(sitting) {
    return this.kept.filter((row) => !sitting || row.sitting === sitting);
  }
  async remove(row) {
    this.kept = this.kept.filter((other) => other.message.uuid !== row.message.uuid);
  }
}
