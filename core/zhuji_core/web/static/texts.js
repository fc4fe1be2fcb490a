// Texts of the scripts: ids are the 正體中文 text; other languages come with the page (zhuji-texts).

const carried = document.querySelector('meta[name="zhuji-texts"]');
const texts = carried ? JSON.parse(carried.content) : {};

/** Return the text in the page's language with its {names} filled in. */
export function tr(message, values = {}) {
  const template = texts[message] || message;
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The token that the server wants with every request of ours that changes something. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** Call `action` once, `wait` ms after the last call. */
export function debounced(action, wait) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}
