// Whole NT dollars as people key and read them; the server reads them again (formats.py).

const MINUS = "−";
const DIGITS_MAX = 15;

/** Full-width letters and digits become plain ones, commas and spaces go. */
export function plain(text) {
  return text.normalize("NFKC").replace(/[\s,，、٬]/g, "").replace(/^[−–‐﹣]/, "-");
}

/** Return the amount, or null when the text is not a whole amount. An empty text is null. */
export function parseAmount(text) {
  const keyed = plain(text);
  if (keyed === "-") return 0;
  if (!/^-?\d+$/.test(keyed) || keyed.replace(/^-?0*/, "").length > DIGITS_MAX) return null;
  return Number(keyed);
}

/** Write 1,234 and −1,234. */
export function formatAmount(amount) {
  const digits = Math.abs(amount).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return amount < 0 ? MINUS + digits : digits;
}

/** Rewrite an amount input; what is no amount stays as it was keyed and is marked. */
export function tidyAmount(input) {
  const amount = parseAmount(input.value);
  const blank = plain(input.value) === "";
  if (amount !== null) input.value = formatAmount(amount);
  input.toggleAttribute("data-malformed", amount === null && !blank);
  if (amount === null && !blank) input.setAttribute("aria-invalid", "true");
  else if (!input.getAttribute("aria-describedby")?.includes("-error")) input.removeAttribute("aria-invalid");
}

/** Amount inputs are tidied when they are left. */
export function watchAmounts(root) {
  root.addEventListener("focusout", (event) => {
    if (event.target.matches?.("input[data-amount]")) tidyAmount(event.target);
  });
}
