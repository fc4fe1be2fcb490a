// <entry-grid>: spreadsheet keys over a server-rendered table of inputs (components/grid.html).
//
// The form works without this file; what it adds is in grid_keys.js (keys), grid_rows.js (rows) and
// availability.js (what is left). Events: "grid:changed" after every change of rows or values.

import { formatAmount, parseAmount, tidyAmount } from "./amounts.js";
import { Availability } from "./availability.js";
import { Balance } from "./grid_balance.js";
import { actionOf } from "./grid_keys.js";
import * as lines from "./grid_rows.js";
import { isPicker, resolve } from "./picker.js";
import { tr } from "./texts.js";

const UNDO_MAX = 100;

export class EntryGrid extends HTMLElement {
  connectedCallback() {
    if (this.body) return;
    this.body = this.querySelector("table").tBodies[0];
    this.template = this.querySelector("template");
    this.status = this.querySelector("[data-status]");
    // Rows that are given are neither added nor taken away.
    this.fixed = this.hasAttribute("data-fixed");
    this.rowsMax = this.fixed ? this.rows.length : Number(this.dataset.rowsMax);
    this.editing = false;
    this.column = 0;
    this.undone = [];
    this.merging = false;
    this.note = "";
    this.kept = lines.snapshot(this.rows);
    this.balance = this.dataset.balanced ? new Balance(this.dataset.balanced) : null;
    this.availability = new Availability(this, {
      rows: () => this.rows,
      fieldsOf: (row) => ({ ...lines.sentBy(this), ...lines.fieldsOf(row) }),
      amountOf: (fields) => (this.balance ? this.balance.netOf(fields) : (parseAmount(fields.amount ?? "") ?? 0)),
      onAnswer: () => this.report(),
    });
    this.listen();
    this.showRemoveButtons();
    this.sum();
    this.availability.refresh();
  }

  listen() {
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("paste", (event) => this.onPaste(event));
    this.addEventListener("click", (event) => this.onClick(event));
    this.addEventListener("focusin", (event) => this.onFocus(event));
    this.addEventListener("input", () => {
      this.editing = true;
      this.note = "";
      this.sum();
      this.availability.refresh();
    });
    this.addEventListener("change", () => this.commit());
    this.addEventListener("picker:chosen", (event) => this.sideways(event.target, 1));
    this.total?.addEventListener("input", () => this.report());
  }

  get rows() {
    return [...this.body.rows];
  }

  get total() {
    return this.dataset.totalInput ? document.getElementById(this.dataset.totalInput) : null;
  }

  // Moving

  place(cell) {
    const row = cell.closest("tr");
    return [this.rows.indexOf(row), lines.cellsOf(row).indexOf(cell)];
  }

  go(at, column) {
    const row = this.rows[at];
    const cell = row && lines.cellsOf(row)[column];
    if (!cell) return;
    cell.focus();
    cell.select?.();
    this.editing = false;
  }

  onFocus(event) {
    const cell = event.target;
    if (!cell.matches("[data-cell]")) return;
    this.editing = false;
    this.before = { cell, values: lines.snapshot([cell.closest("tr")]) };
    // Tab goes on from where the row was begun: Enter returns to that column, as in spreadsheets.
    if (!this.tabbing) this.column = this.place(cell)[1];
    this.tabbing = false;
    cell.select?.();
  }

  down(cell, { add }) {
    const [at, column] = this.place(cell);
    this.settle(cell);
    if (at + 1 >= this.rows.length && (!add || this.fixed || !this.addRow())) return;
    this.go(at + 1, add ? this.column : column);
  }

  up(cell) {
    const [at, column] = this.place(cell);
    this.settle(cell);
    this.go(at - 1, column);
  }

  sideways(cell, step) {
    const [at, column] = this.place(cell);
    this.tabbing = true;
    this.go(at, column + step);
    this.tabbing = false;
  }

  edit(cell) {
    this.editing = true;
    cell.setSelectionRange?.(cell.value.length, cell.value.length);
  }

  giveBack(cell) {
    if (this.before?.cell !== cell) return;
    lines.restore([cell.closest("tr")], this.before.values);
    cell.select?.();
    this.editing = false;
    this.commit();
  }

  // Changing

  /** Take over what was keyed in a cell that is left by a key. */
  settle(cell) {
    if (cell.matches("[data-amount]")) tidyAmount(cell);
    this.commit();
  }

  /** After each change: remember the state before it, add up, ask what is left. */
  commit() {
    const now = lines.snapshot(this.rows);
    if (!lines.isSame(now, this.kept)) {
      if (!this.merging) this.undone.push(this.kept);
      if (this.undone.length > UNDO_MAX) this.undone.shift();
      this.kept = now;
      this.dispatchEvent(new CustomEvent("grid:changed", { bubbles: true }));
    }
    this.sum();
    this.availability.refresh();
  }

  undo(cell) {
    const [at, column] = this.place(cell);
    this.commit();
    const before = this.undone.pop();
    if (!before) {
      this.say(tr("沒有可復原的動作"));
      return;
    }
    this.setRowCount(before.length);
    lines.restore(this.rows, before);
    this.kept = before;
    this.dispatchEvent(new CustomEvent("grid:changed", { bubbles: true }));
    this.sum();
    this.availability.refresh();
    this.go(Math.min(at, before.length - 1), column);
  }

  setRowCount(count) {
    if (this.fixed) return;
    while (this.rows.length > count) this.rows.at(-1).remove();
    while (this.rows.length < count) this.body.append(lines.blankRow(this.template));
    lines.renumber(this.rows, this.dataset.name);
    this.showRemoveButtons();
  }

  /** Add a row at the end, within the limit. */
  addRow() {
    if (this.rows.length >= this.rowsMax) {
      this.say(tr("最多 {n} 列", { n: this.rowsMax }));
      return false;
    }
    this.setRowCount(this.rows.length + 1);
    this.commit();
    return true;
  }

  removeRow(row) {
    if (this.fixed) return;
    const [at, column] = this.place(lines.cellsOf(row)[0]);
    if (this.rows.length === 1) {
      lines.restore([row], [[...this.kept[0]].fill("")]);
    } else {
      row.remove();
      this.setRowCount(this.rows.length);
    }
    this.commit();
    this.go(Math.min(at, this.rows.length - 1), column);
    this.say(tr("已刪除第 {n} 列，Ctrl+Z 復原", { n: at + 1 }));
  }

  fillDown(cell) {
    const [at, column] = this.place(cell);
    if (at === 0 || cell.readOnly) return;
    lines.copyCell(lines.cellsOf(this.rows[at - 1])[column], cell);
    this.editing = false;
    this.settle(cell);
    cell.select?.();
  }

  /** Alt+=: what is missing to the given total goes into this row's amount. */
  complete(cell) {
    if (this.balance) {
      const filled = this.balance.complete(this.rows, cell.closest("tr"));
      if (!filled) return;
      this.settle(filled);
      filled.focus();
      filled.select();
      return;
    }
    const total = this.total && parseAmount(this.total.value);
    const amount = cell.matches("[data-amount]") ? cell : cell.closest("tr").querySelector("[data-amount]");
    if (!amount || total === null) return;
    const rest = total - this.sumOf(this.columnOf(amount)) + (parseAmount(amount.value) ?? 0);
    amount.value = formatAmount(rest);
    this.settle(amount);
    amount.focus();
    amount.select();
  }

  onPaste(event) {
    const text = event.clipboardData.getData("text");
    if (!event.target.matches("[data-cell]") || !lines.isBlock(text)) return;
    event.preventDefault();
    const [at, column] = this.place(event.target);
    const block = lines.parseBlock(text).slice(0, this.rowsMax - at);
    const left = lines.parseBlock(text).length - block.length;
    if (at + block.length > this.rows.length) this.setRowCount(at + block.length);
    const written = block.flatMap((values, down) => this.writeRow(this.rows[at + down], column, values));
    this.commit();
    this.say(tr("已貼上 {n} 列", { n: block.length }) + (left ? tr("，超過上限的 {n} 列未貼上", { n: left }) : ""));
    this.resolvePickers(written.filter(isPicker));
  }

  /** What the pasted codes mean belongs to the paste: one Ctrl+Z takes back both. */
  async resolvePickers(pickers) {
    const note = this.note;
    this.merging = true;
    await Promise.all(pickers.map(resolve));
    this.commit();
    this.merging = false;
    this.say(note);
  }

  writeRow(row, column, values) {
    const cells = lines.cellsOf(row).slice(column, column + values.length);
    cells.forEach((cell, index) => {
      if (cell.readOnly) return;
      lines.writeCell(cell, values[index]);
      if (cell.matches("[data-amount]")) tidyAmount(cell);
    });
    return cells;
  }

  // Showing

  columnOf(input) {
    return input.name.replace(/^.*?-\d+-/, "");
  }

  sumOf(column) {
    return this.rows.reduce((sum, row) => sum + (parseAmount(lines.fieldsOf(row)[column] ?? "") ?? 0), 0);
  }

  sum() {
    this.rows.forEach(lines.reckon);
    this.querySelectorAll("[data-sum]").forEach((cell) => {
      cell.textContent = formatAmount(this.sumOf(cell.dataset.sum));
    });
    this.rest();
    this.report();
  }

  /** In a grid of given rows: what each row's amounts leave of its limit. */
  rest() {
    let left = 0;
    this.querySelectorAll("[data-rest]").forEach((cell) => {
      const row = cell.closest("tr");
      const sum = [...row.querySelectorAll("[data-amount]")].reduce((all, input) => all + (parseAmount(input.value) ?? 0), 0);
      const rest = Number(cell.dataset.limit) - sum;
      cell.textContent = formatAmount(rest);
      row.classList.toggle("short", rest < 0);
      left += rest;
    });
    const total = this.querySelector("[data-rest-sum]");
    if (total) total.textContent = formatAmount(left);
  }

  /** Say at the foot how many rows there are, what they add up to, and what is wrong. */
  report() {
    const filled = this.rows.filter((row) => !lines.isBlank(row)).length;
    const parts = [tr("{n} 列", { n: filled })];
    // The sum of one column says nothing where each row has its own limit.
    const column = this.fixed || this.balance ? "" : this.querySelector("[data-sum]")?.dataset.sum;
    const total = this.total && parseAmount(this.total.value);
    if (this.balance) parts.push(...this.balance.words(this.rows));
    if (column) parts.push(tr("合計 {amount}", { amount: formatAmount(this.sumOf(column)) }));
    if (column && total !== null) {
      const rest = total - this.sumOf(column);
      parts.push(rest ? tr("與總額差 {amount}", { amount: formatAmount(rest) }) : tr("與總額相符"));
    }
    const short = this.rows.flatMap((row, at) => (row.classList.contains("short") ? [row.querySelector("[data-row-no]")?.textContent ?? at + 1] : []));
    if (short.length) parts.push(tr("第 {rows} 列餘額不足", { rows: short.join(tr("、")) }));
    this.status.classList.toggle("short", short.length > 0);
    const text = [this.note, parts.join(tr("，"))].filter(Boolean).join(tr("；"));
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** Say what the last key did, until the next one. */
  say(note) {
    this.note = note;
    this.report();
  }

  showRemoveButtons() {
    this.querySelectorAll("[data-remove-row]").forEach((button) => {
      button.hidden = false;
    });
  }

  toggleKeys() {
    const keys = this.querySelector("[data-keys]");
    keys.open = !keys.open;
  }

  onKey(event) {
    if (!event.target.matches("[data-cell]")) return;
    this.tabbing = event.key === "Tab";
    const action = actionOf(event, { editing: this.editing });
    if (!action) return;
    event.preventDefault();
    this.note = "";
    action(this, event.target);
  }

  onClick(event) {
    const removed = event.target.closest("[data-remove-row]");
    if (removed) this.removeRow(removed.closest("tr"));
    if (event.target.closest("[data-add-row]")) {
      event.preventDefault();
      if (this.addRow()) this.go(this.rows.length - 1, 0);
    }
  }
}

customElements.define("entry-grid", EntryGrid);
