// What is still available on each row of an entry grid, in the server's words.
//
// A row has data-availability-url. Once its key field (data-availability-key, "control_row_id") is
// filled: GET url?control_row_id=…&amount=…&<the row's other fields>&also_ntd=… answers JSON
// {"text": "可用 81,480，短少 8,520", "state": "ok" | "short" | "unknown"}. also_ntd is the sum of the
// amounts that earlier rows of the grid ask from the same key; amount is sent as plain digits (in a
// balanced grid debit less credit), and what data-sends names of the form goes along.

import { tr } from "./texts.js";

const WAIT_MS = 250;
// A pasted block of a hundred rows does not become a hundred requests at once.
const AT_ONCE = 4;

export class Availability {
  constructor(grid, { rows, fieldsOf, amountOf, onAnswer }) {
    this.key = grid.dataset.availabilityKey;
    this.rows = rows;
    this.fieldsOf = fieldsOf;
    this.amountOf = amountOf;
    this.onAnswer = onAnswer;
    this.asked = new WeakMap();
    this.waiting = new Set();
    this.running = 0;
  }

  /** Ask again for the rows whose question has changed. */
  refresh() {
    if (!this.key) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.askChanged(), WAIT_MS);
  }

  askChanged() {
    const asked = new Map();
    for (const row of this.rows()) {
      const fields = this.fieldsOf(row);
      const key = fields[this.key];
      const amount = this.amountOf(fields);
      const earlier = asked.get(key) ?? 0;
      asked.set(key, earlier + amount);
      const question = key ? this.question(row, { ...fields, amount, also_ntd: earlier }) : "";
      if (this.asked.get(row) === question) continue;
      const isFirst = !this.asked.has(row);
      this.asked.set(row, question);
      if (question) this.waiting.add(row);
      // What the server rendered with the page stays until the row is filled.
      else if (!isFirst) this.show(row, { text: "", state: "" });
    }
    this.next();
  }

  question(row, fields) {
    const url = new URL(row.dataset.availabilityUrl, location.href);
    Object.entries(fields).forEach(([name, value]) => url.searchParams.set(name, String(value)));
    return url.href;
  }

  next() {
    for (const row of this.waiting) {
      if (this.running >= AT_ONCE) return;
      this.waiting.delete(row);
      this.running += 1;
      this.ask(row, this.asked.get(row)).finally(() => {
        this.running -= 1;
        this.next();
      });
    }
  }

  async ask(row, question) {
    if (!question || !row.isConnected) return;
    let answer;
    try {
      const response = await fetch(question, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch {
      answer = { text: tr("暫時無法查詢可用餘額"), state: "unknown" };
    }
    if (this.asked.get(row) === question) this.show(row, answer);
  }

  show(row, { text, state }) {
    const cell = row.querySelector("[data-availability]");
    cell.textContent = text;
    cell.className = `availability ${state}`;
    row.classList.toggle("short", state === "short");
    this.onAnswer();
  }
}
