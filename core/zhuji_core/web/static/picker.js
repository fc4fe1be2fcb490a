// Pickers: a text input that finds by code or name (ARIA 1.2 combobox with a listbox popup).
//
// <input data-picker-url="…" name="control_row"> beside <input type="hidden" name="control_row_id">.
// GET url?text=… answers JSON {"items": [{"value", "code", "label", "note"}], "more": false}:
// value goes into the hidden field, "code label" into the visible one, note stands beside it in the
// list. What the list depends on stands in the URL; in a grid, fields named by its data-sends are sent too.
// One list serves all pickers of a page: only one is open at a time.

import { debounced, tr } from "./texts.js";

const SEARCH_WAIT_MS = 180;
const LIST_ID = "picker-list";

let list;
let owner = null;
let items = [];
let active = -1;
let asked = 0;

/** Make pickers of all inputs with data-picker-url, also of those added later. */
export function watchPickers(root) {
  root.addEventListener("focusin", (event) => {
    if (isPicker(event.target)) prepare(event.target);
  });
  root.addEventListener("input", (event) => {
    if (!isPicker(event.target) || !event.isTrusted) return;
    hiddenOf(event.target).value = "";
    searchSoon(event.target);
  });
  root.addEventListener("focusout", (event) => {
    if (event.target === owner) close();
  });
  // Before the grid's own keys: while the list is open, the keys are the list's.
  root.addEventListener("keydown", onKey, true);
}

export function isPicker(element) {
  return element instanceof HTMLInputElement && element.dataset.pickerUrl !== undefined;
}

export function hiddenOf(input) {
  return input.parentElement.querySelector('input[type="hidden"]');
}

export function isOpen() {
  return owner !== null;
}

/** Show what fits the text; all when it is empty. */
export async function open(input) {
  prepare(input);
  await search(input, hiddenOf(input).value ? "" : input.value);
}

/** Fill a text that came from elsewhere (paste): the one item with this code, or the only one. */
export async function resolve(input) {
  const text = input.value.trim();
  if (!text) return;
  const found = await ask(input, text).catch(() => null);
  if (!found || input.value.trim() !== text) return;
  const exact = found.items.filter((item) => item.code === text);
  const chosen = exact.length === 1 ? exact : found.items;
  if (chosen.length === 1) fill(input, chosen[0]);
}

function prepare(input) {
  if (input.getAttribute("role") === "combobox") return;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", theList().id);
}

function theList() {
  if (list) return list;
  list = document.createElement("ul");
  list.id = LIST_ID;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", tr("選單"));
  list.hidden = true;
  // The focus stays in the input while the mouse chooses.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && owner) choose(items[Number(option.dataset.at)]);
  });
  document.querySelector("main").append(list);
  return list;
}

const searchSoon = debounced((input) => {
  if (document.activeElement === input) search(input, input.value);
}, SEARCH_WAIT_MS);

async function ask(input, text) {
  const url = new URL(input.dataset.pickerUrl, location.href);
  url.searchParams.set("text", text.normalize("NFKC").trim());
  Object.entries(alongWith(input)).forEach(([name, value]) => url.searchParams.set(name, value));
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** In a grid: the named fields of this row, else of the form. */
function alongWith(input) {
  const names = (input.closest("entry-grid")?.dataset.sends ?? "").split(" ").filter(Boolean);
  const fields = names.map((name) => {
    const own = input.closest("tr").querySelector(`[name$="-${name}"]`);
    return [name, own ?? input.form?.elements.namedItem(name)];
  });
  return Object.fromEntries(fields.filter(([, field]) => field).map(([name, field]) => [name, field.value]));
}

async function search(input, text) {
  const mine = ++asked;
  let found;
  try {
    found = await ask(input, text);
  } catch {
    found = { items: [], failed: true };
  }
  // A later question, or another field, makes this answer stale.
  if (mine === asked && document.activeElement === input) show(input, found);
}

function show(input, found) {
  owner = input;
  items = found.items;
  active = -1;
  theList().replaceChildren(...items.map(option));
  if (!items.length) list.append(remark(found.failed ? tr("暫時無法查詢，請再試一次") : tr("查無符合的項目")));
  if (found.more) list.append(remark(tr("還有更多，請多輸入幾個字")));
  list.hidden = false;
  place(input);
  input.setAttribute("aria-expanded", "true");
  if (items.length) activate(0);
}

function option(item, at) {
  const line = document.createElement("li");
  line.id = `${LIST_ID}-${at}`;
  line.setAttribute("role", "option");
  line.dataset.at = String(at);
  const code = document.createElement("span");
  code.className = "code";
  code.textContent = item.code;
  const label = document.createElement("span");
  label.textContent = item.label;
  const note = document.createElement("small");
  note.textContent = item.note ?? "";
  line.append(code, label, note);
  return line;
}

function remark(text) {
  const line = document.createElement("li");
  line.className = "remark";
  line.setAttribute("role", "option");
  line.setAttribute("aria-disabled", "true");
  line.textContent = text;
  return line;
}

function place(input) {
  const field = input.getBoundingClientRect();
  const below = window.innerHeight - field.bottom;
  const height = Math.min(320, Math.max(below, field.top) - 12);
  list.style.maxHeight = `${height}px`;
  list.style.minWidth = `${Math.max(field.width, 320)}px`;
  list.style.left = `${Math.max(4, Math.min(field.left, window.innerWidth - list.offsetWidth - 4))}px`;
  const above = below < list.offsetHeight + 8 && field.top > below;
  list.style.top = `${above ? field.top - list.offsetHeight - 2 : field.bottom + 2}px`;
}

function activate(at) {
  active = at;
  list.querySelectorAll("[role=option]").forEach((line, index) => {
    line.setAttribute("aria-selected", String(index === at));
    if (index === at) line.scrollIntoView({ block: "nearest" });
  });
  owner.setAttribute("aria-activedescendant", `${LIST_ID}-${at}`);
}

function close() {
  if (!owner) return;
  asked++;
  owner.setAttribute("aria-expanded", "false");
  owner.removeAttribute("aria-activedescendant");
  list.hidden = true;
  owner = null;
}

function fill(input, item) {
  input.value = item.code ? `${item.code} ${item.label}` : item.label;
  hiddenOf(input).value = item.value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function choose(item) {
  const input = owner;
  close();
  if (!item) return;
  fill(input, item);
  input.dispatchEvent(new CustomEvent("picker:chosen", { bubbles: true }));
}

function onKey(event) {
  const input = event.target;
  if (!isPicker(input)) return;
  if (!owner) {
    if (event.key === "F4" || (event.key === "ArrowDown" && event.altKey)) {
      take(event);
      open(input);
    }
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step && items.length) {
    take(event);
    activate(Math.max(0, Math.min(items.length - 1, active + step)));
  } else if (event.key === "Enter") {
    take(event);
    choose(items[active]);
  } else if (event.key === "Escape" || event.key === "F4") {
    take(event);
    close();
  } else if (event.key === "Tab" && items.length === 1) {
    const only = items[0];
    close();
    fill(input, only);
  }
}

function take(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
