// The keys of every entry grid: which key calls which action of the grid (grid.js).

import { isPicker } from "./picker.js";

const PLAIN = {
  Enter: (grid, cell) => grid.down(cell, { add: true }),
  ArrowDown: (grid, cell) => grid.down(cell, { add: false }),
  ArrowUp: (grid, cell) => grid.up(cell),
  F2: (grid, cell) => grid.edit(cell),
  Escape: (grid, cell) => grid.giveBack(cell),
};
const WITH_CONTROL = {
  d: (grid, cell) => grid.fillDown(cell),
  z: (grid, cell) => grid.undo(cell),
  Delete: (grid, cell) => grid.removeRow(cell.closest("tr")),
};

/** Return the action for this key, or null to leave the key to the browser. */
export function actionOf(event, { editing }) {
  const cell = event.target;
  if (event.isComposing || event.metaKey) return null;
  if (event.ctrlKey) return event.altKey || event.shiftKey ? null : (WITH_CONTROL[event.key] ?? null);
  if (event.altKey) return event.key === "=" ? (grid, at) => grid.complete(at) : null;
  if (event.shiftKey && event.key !== "?") return null;
  if (event.key === "?") return takesNoText(cell) ? (grid) => grid.toggleKeys() : null;
  if (cell.tagName === "SELECT" && event.key !== "Enter") return null;
  if (!editing && event.key === "ArrowLeft") return (grid, at) => grid.sideways(at, -1);
  if (!editing && event.key === "ArrowRight") return (grid, at) => grid.sideways(at, 1);
  return PLAIN[event.key] ?? null;
}

/** In an amount, a date or an empty picker "?" cannot be meant as text. */
function takesNoText(cell) {
  return cell.matches("[data-amount], [data-date]") || (isPicker(cell) && cell.value === "");
}
