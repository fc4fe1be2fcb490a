// Nothing typed is lost: a form with data-draft-url saves itself two seconds after the last key.
//
// PUT url, header x-csrftoken, JSON {"fields": {"name": "value", "many": ["a", "b"]}}; any 2xx means
// kept; a JSON answer may say {"saved_at": "14:05"}. Passwords, files, CSRF token and idempotency
// key are left out. The page that shows the form again fills in what was kept.

import { csrfToken, debounced, tr } from "./texts.js";

const WAIT_MS = 2000;
const kept = new WeakMap();
const sent = new WeakSet();
const LEFT_OUT = new Set(["_csrf_token", "_key", "_add_row"]);

export function watchDrafts(root) {
  root.querySelectorAll("form[data-draft-url]").forEach((form) => {
    const saveSoon = debounced(() => save(form), WAIT_MS);
    const changed = (event) => {
      if (event.target.matches?.("input, select, textarea")) saveSoon();
    };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("grid:changed", saveSoon);
    // What was keyed in the last two seconds is kept when the page is left another way.
    window.addEventListener("pagehide", () => save(form, { keepalive: true }));
    form.addEventListener("submit", () => sent.add(form));
    kept.set(form, JSON.stringify(fieldsOf(form)));
  });
}

/** Return the form's fields as they are sent. */
export function fieldsOf(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (LEFT_OUT.has(name) || typeof value !== "string") continue;
    if (form.elements.namedItem(name)?.type === "password") continue;
    fields[name] = name in fields ? [fields[name], value].flat() : value;
  }
  return fields;
}

async function save(form, options = {}) {
  const fields = JSON.stringify(fieldsOf(form));
  if (sent.has(form) || fields === kept.get(form)) return;
  const status = form.querySelector("[data-draft-status]");
  try {
    const response = await fetch(form.dataset.draftUrl, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "x-csrftoken": csrfToken() },
      body: `{"fields": ${fields}}`,
      ...options,
    });
    if (!response.ok) throw new Error(String(response.status));
    kept.set(form, fields);
    say(status, tr("草稿已存 {time}", { time: (await savedAt(response)) ?? clock() }));
  } catch {
    say(status, tr("草稿尚未存入，請勿關閉本頁"));
    setTimeout(() => save(form), 5 * WAIT_MS);
  }
}

async function savedAt(response) {
  const isJson = response.headers.get("Content-Type")?.includes("json");
  return isJson ? (await response.json()).saved_at : null;
}

function clock() {
  return new Date().toLocaleTimeString("zh-TW", { hour: "2-digit", minute: "2-digit", hour12: false });
}

function say(status, text) {
  if (status) status.textContent = text;
}
