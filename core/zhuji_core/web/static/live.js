// Fetches this page again every data-live-seconds and puts its section [data-live-seconds] in the
// place of the old one. Waits while somebody is in it by keyboard or has marked text, and while the
// page is not seen; ends after an hour without a key or a click, so that no session lasts for ever.
//
// GET the page's own address. Without this file the link beside it does the same once.
// Dispatches "zhuji:renewed" on document, for charts.

import { tr } from "./texts.js";

const ALONE_MS_MAX = 3_600_000;
const find = (root) => root.querySelector("[data-live-seconds]");
const state = document.querySelector("[data-live-state]");
let touched = Date.now();
let asking = false;

for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => (touched = Date.now()));

const timer = find(document) && setInterval(renew, Number(find(document).dataset.liveSeconds) * 1000);

async function renew() {
  if (Date.now() - touched > ALONE_MS_MAX) {
    clearInterval(timer);
    tell(tr("即時更新已滿一小時無人操作而停止。"));
    return;
  }
  const section = find(document);
  if (asking || document.hidden || isRead(section)) return;
  asking = true;
  try {
    await replace(section);
  } catch {
    tell(tr("上次更新未成功，將再試。"));
  } finally {
    asking = false;
  }
}

async function replace(section) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const fresh = find(new DOMParser().parseFromString(await answer.text(), "text/html"));
  // Another page came in its place: the session has ended, and this one leads to signing in.
  if (!fresh) return location.reload();
  if (isRead(section)) return;
  const places = [...section.querySelectorAll(".scroller")].map((one) => [one.scrollTop, one.scrollLeft]);
  section.replaceWith(document.adoptNode(fresh));
  [...fresh.querySelectorAll(".scroller")].forEach((one, at) => {
    [one.scrollTop, one.scrollLeft] = places[at] ?? [0, 0];
  });
  tell("");
  document.dispatchEvent(new Event("zhuji:renewed"));
}

/** Somebody stands in it by keyboard, or has marked some of its text. */
function isRead(section) {
  const marked = getSelection();
  return section.contains(document.activeElement) || (!marked.isCollapsed && section.contains(marked.anchorNode));
}

function tell(text) {
  state.textContent = text;
}
