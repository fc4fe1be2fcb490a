// Security keys (WebAuthn): a form with data-ceremony="create" or "get" asks its options of
// data-options, lets the browser ask the key, puts what the key answered into its field "answer",
// and is then sent like any other form. Without a key, or when it is cancelled, it says so.

import { tr } from "./texts.js";

export function watchKeys(root) {
  root.querySelectorAll("form[data-ceremony]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      run(form, event.submitter);
    });
  });
}

async function run(form, button) {
  const status = form.querySelector("[data-ceremony-status]");
  if (!window.PublicKeyCredential) {
    status.textContent = tr("這個瀏覽器不支援安全金鑰。");
    return;
  }
  if (button) button.disabled = true;
  status.textContent = tr("請依瀏覽器的指示使用安全金鑰…");
  try {
    const options = await ask(form);
    const credential = form.dataset.ceremony === "create"
      ? await navigator.credentials.create({ publicKey: creation(options) })
      : await navigator.credentials.get({ publicKey: request(options) });
    form.elements.answer.value = JSON.stringify(written(credential));
    form.submit();
  } catch (error) {
    status.textContent = said(error);
    if (button) button.disabled = false;
    button?.focus();
  }
}

async function ask(form) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "x-csrftoken": form.elements._csrf_token.value, accept: "application/json" },
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail);
  return body;
}

function said(error) {
  if (error.name === "InvalidStateError") return tr("這把安全金鑰已經登錄過。");
  if (error.name === "NotAllowedError") return tr("已取消或逾時，請再試一次。");
  return error.message;
}

const creation = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: { ...options.user, id: bytes(options.user.id) },
  excludeCredentials: (options.excludeCredentials ?? []).map(known),
});

const request = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  allowCredentials: (options.allowCredentials ?? []).map(known),
});

const known = (one) => ({ ...one, id: bytes(one.id) });

function written(credential) {
  const { response } = credential;
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answer = {};
  for (const name of fields) {
    if (response[name]) answer[name] = text(response[name]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: answer,
    clientExtensionResults: {},
  };
}

function bytes(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
