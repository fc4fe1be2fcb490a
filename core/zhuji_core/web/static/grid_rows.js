// The rows of an entry grid: reading, numbering, adding, undoing. No keys, no requests.

import { formatAmount, parseAmount, plain } from "./amounts.js";
import { hiddenOf, isPicker } from "./picker.js";
import { tr } from "./texts.js";

const NUMBERED = ["name", "id", "aria-describedby"];

/** The cells that are keyed, in the order of Tab. */
export function cellsOf(row) {
  return [...row.querySelectorAll("[data-cell]")];
}

/** The row's fields by their own names: {control_row_id: "…", amount: "1,000"}. */
export function fieldsOf(row) {
  const fields = {};
  row.querySelectorAll("input[name], select[name]").forEach((input) => {
    fields[input.name.replace(/^.*?-\d+-/, "")] = input.value;
  });
  return fields;
}

/** The form's fields that the grid's questions are sent with (data-sends), by name. */
export function sentBy(grid) {
  const form = grid.closest("form");
  const names = (grid.dataset.sends ?? "").split(" ").filter((name) => form?.elements.namedItem(name));
  return Object.fromEntries(names.map((name) => [name, form.elements.namedItem(name).value]));
}

export function isBlank(row) {
  return [...row.querySelectorAll("input[name], select[name]")].every((input) => !input.value.trim());
}

/** A new row from the grid's template. */
export function blankRow(template) {
  return template.content.querySelector("tr").cloneNode(true);
}

/** Number rows and fields from the first one, after one was added or taken away. */
export function renumber(rows, prefix) {
  rows.forEach((row, at) => {
    row.querySelector("[data-row-no]").textContent = String(at + 1);
    row.querySelectorAll("[name], [id], [aria-describedby]").forEach((element) => {
      NUMBERED.forEach((attribute) => {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replaceAll(new RegExp(`\\b${prefix}-\\d+-`, "g"), `${prefix}-${at}-`));
      });
    });
    row.querySelectorAll("[data-label]").forEach((element) => {
      element.setAttribute("aria-label", tr("第 {n} 列 {label}", { n: at + 1, label: element.dataset.label }));
    });
  });
}

/** Show in the row's product column what quantity × price is: 10×9 × 1,000 = 90,000. */
export function reckon(row) {
  row.querySelectorAll("[data-product]").forEach((input) => {
    const [quantity, price] = input.dataset.product.split(" ").map((name) => fieldsOf(row)[name] ?? "");
    const product = productOf(quantity || "1", parseAmount(price));
    input.value = product === null ? "" : formatAmount(product);
  });
}

/** Return the whole amount, or null; the places of decimal factors are kept apart. */
function productOf(quantity, price) {
  const factors = plain(quantity).split(/[×xX*✕]/);
  if (price === null || !factors.every((one) => /^\d{1,9}(\.\d{1,4})?$/.test(one))) return null;
  const places = factors.map((one) => (one.split(".")[1] ?? "").length).reduce((sum, one) => sum + one, 0);
  const digits = factors.map((one) => BigInt(one.replace(".", ""))).reduce((product, one) => product * one, BigInt(price));
  const unit = 10n ** BigInt(places);
  return digits % unit ? null : Number(digits / unit);
}

/** Everything that was keyed, as texts: one list for each row. */
export function snapshot(rows) {
  return rows.map((row) => [...row.querySelectorAll("input[name], select[name]")].map((input) => input.value));
}

/** Put texts of a snapshot back; there are as many rows as it has. */
export function restore(rows, kept) {
  rows.forEach((row, at) => {
    row.querySelectorAll("input[name], select[name]").forEach((input, index) => {
      input.value = kept[at][index];
    });
  });
}

export function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Copy the cell above, with what was chosen in it. */
export function copyCell(from, to) {
  to.value = from.value;
  if (isPicker(from) && isPicker(to)) hiddenOf(to).value = hiddenOf(from).value;
}

/** Write a text from a spreadsheet into a cell, as that kind of cell takes it. */
export function writeCell(cell, text) {
  const value = text.trim();
  if (cell.matches("[data-amount]")) {
    cell.value = plain(value);
  } else if (cell.tagName === "SELECT") {
    const option = [...cell.options].find((one) => one.value === value || one.text.trim() === value);
    cell.value = option ? option.value : "";
  } else {
    cell.value = cell.matches("[data-date]") ? value.normalize("NFKC") : value.replace(/\s+/g, " ");
    if (isPicker(cell)) hiddenOf(cell).value = "";
  }
}

/** Cut a block that a spreadsheet copied: lines and tabs, quoted where a cell holds either. */
export function parseBlock(text) {
  const block = [[]];
  const matcher = /("(?:[^"]|"")*"|[^\t\n\r]*)(\t|\r\n|\n|\r|$)/gy;
  let found;
  while ((found = matcher.exec(text)) !== null) {
    const [, cell, end] = found;
    const quoted = cell.startsWith('"') && cell.endsWith('"') && cell.length > 1;
    block.at(-1).push(quoted ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === "") break;
    if (end !== "\t") block.push([]);
  }
  // The last line of a copied block ends with a line break.
  if (block.length > 1 && block.at(-1).join("") === "") block.pop();
  return block;
}

/** Tell a block from a single text: only a block is spread over cells. */
export function isBlock(text) {
  return /[\t\n\r]/.test(text.replace(/(\r\n|\n|\r)$/, ""));
}
