// Tells the server how long the requests of this page took here, by the browser's own clock:
// where a request was waiting before it left, and how long its answer was on the way. Lengths only.
//
// POST to meta[name=zhuji-times], header x-csrftoken, JSON {"reports": [{"trace": "…", "stamps": {…}}]}.
// Which request it was says the traceparent in the answer's Server-Timing. Nothing depends on it.

import { csrfToken } from "./texts.js";

const place = document.querySelector('meta[name="zhuji-times"]')?.content;
const WAIT_MS = 2000;
const REPORTS_MAX = 50;
let waiting = [];
let timer;

if (place && window.PerformanceObserver) watch();

function watch() {
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
  for (const type of ["navigation", "resource"]) observer.observe({ type, buffered: true });
  addEventListener("pagehide", send);
}

function note(entry) {
  const told = entry.serverTiming?.find((one) => one.name === "traceparent")?.description ?? "";
  const trace = /^00-([0-9a-f]{32})-/.exec(told)?.[1];
  // What came out of the browser's own cache bears the trace of when it was fetched.
  if (!trace || !entry.transferSize || !entry.requestStart || entry.name.endsWith(place)) return;
  if (waiting.length < REPORTS_MAX) waiting.push({ trace, stamps: stampsOf(entry) });
  clearTimeout(timer);
  timer = setTimeout(send, WAIT_MS);
}

function stampsOf(entry) {
  return {
    start: entry.startTime,
    fetch_start: entry.fetchStart,
    lookup_start: entry.domainLookupStart,
    lookup_end: entry.domainLookupEnd,
    connect_start: entry.connectStart,
    connect_end: entry.connectEnd,
    secure_start: entry.secureConnectionStart,
    request_start: entry.requestStart,
    response_start: entry.responseStart,
    response_end: entry.responseEnd,
  };
}

function send() {
  if (!waiting.length) return;
  const reports = waiting.splice(0);
  fetch(place, {
    method: "POST",
    headers: { "Content-Type": "application/json", "x-csrftoken": csrfToken() },
    body: JSON.stringify({ reports }),
    keepalive: true,
  }).catch(() => {}); // figures are not worth a word to whoever works here
}
