// Swagger UI on the page of the county's API: our own beginning instead of its inline one, which
// the CSP refuses. Each request gets the CSRF token, and a new idempotency key by itself.

const KEY = "Idempotency-Key";
const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const place = document.getElementById("api");
const token = document.querySelector('meta[name="csrf-token"]').content;

function prepared(request) {
  if (UNSAFE.has(request.method)) {
    request.headers["X-CSRFToken"] = token;
    request.headers[KEY] = newKey();
  }
  return request;
}

// crypto.randomUUID is absent where a site is reached without TLS.
function newKey() {
  const parts = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(parts, (part) => part.toString(16).padStart(8, "0")).join("-");
}

/**
 * The document of one module, as all of them take a browser half a minute to draw; without what
 * this page fills in: nobody is asked to make up a key.
 */
function shown(spec, module) {
  spec.tags = spec.tags.filter((tag) => tag.name === module);
  for (const [address, path] of Object.entries(spec.paths)) {
    const operations = Object.entries(path).filter(([, one]) => one.tags.includes(module));
    for (const [, operation] of operations) {
      operation.parameters = operation.parameters.filter((one) => one.name !== KEY);
    }
    if (operations.length) spec.paths[address] = Object.fromEntries(operations);
    else delete spec.paths[address];
  }
  return spec;
}

// A page has one main landmark, and it is ours.
new MutationObserver(() => {
  for (const main of place.querySelectorAll("main:not([role])")) main.setAttribute("role", "group");
}).observe(place, { childList: true, subtree: true });

const answer = await fetch(place.dataset.document);
window.SwaggerUIBundle({
  spec: shown(await answer.json(), place.dataset.module),
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  requestInterceptor: prepared,
  // A hundred operations take seconds to draw: they are unfolded by whoever reads them.
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  syntaxHighlight: { activated: false },
});
