// What every page gets from the keyboard; each part also works without this file.

import { watchAmounts } from "./amounts.js";
import { watchDrafts } from "./drafts.js";
import "./grid.js";
import { watchKeys } from "./keys.js";
import { watchPickers } from "./picker.js";

const NARROW = "(max-width: 52rem)";

watchPickers(document);
watchAmounts(document);
watchDrafts(document);
watchKeys(document);
document.addEventListener("keydown", onKey);
document.addEventListener("change", onChange);

const menu = document.querySelector("details.menu");
if (menu) menu.open = !matchMedia(NARROW).matches;

function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "F9") press(event);
  if (event.key === "/" && !isTyping(event.target)) find(event);
  if (event.key === "?" && !isTyping(event.target)) showKeys(event);
}

/** F9: the main button of the form one is in, or of the page when it has only one. */
function press(event) {
  const form = event.target.closest?.("form");
  const buttons = [...(form ?? document).querySelectorAll("[data-save]")];
  if (buttons.length !== 1) return;
  event.preventDefault();
  event.target.blur?.();
  buttons[0].form.requestSubmit(buttons[0]);
}

function find(event) {
  const input = document.querySelector("[data-search], .filters input[type=search]");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
}

function showKeys(event) {
  const keys = document.querySelector("[data-keys]");
  if (!keys) return;
  event.preventDefault();
  keys.open = !keys.open;
}

function isTyping(element) {
  return element.matches?.("input, textarea, select, [contenteditable]");
}

/** The box in a head of a list checks all boxes of that list. */
function onChange(event) {
  const name = event.target.dataset?.selectAll;
  if (!name) return;
  event.target
    .closest("table")
    .querySelectorAll(`tbody input[type=checkbox][name="${name}"]`)
    .forEach((box) => {
      box.checked = event.target.checked;
    });
}
