// Passkeys: asks the browser to make or use one, and posts its answer with the form that the person used.
// Without this file, or in a browser that has no passkeys, passwords work as always.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const LATE_MS = 1000;
  const REFRESH_MS = 4 * 60 * 1000;
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const encode = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // What the server asks, as the browser takes it; and what the browser answers, as the server takes it.
  const asked = (options) => {
    const named = (list) => (list || []).map((one) => ({ ...one, id: decode(one.id) }));
    return {
      ...options,
      challenge: decode(options.challenge),
      ...(options.user && { user: { ...options.user, id: decode(options.user.id) } }),
      ...(options.excludeCredentials && { excludeCredentials: named(options.excludeCredentials) }),
      ...(options.allowCredentials && { allowCredentials: named(options.allowCredentials) }),
    };
  };
  const answered = (found) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (found.response[name]) response[name] = encode(found.response[name]);
    if (found.response.getTransports) response.transports = found.response.getTransports();
    return JSON.stringify({ id: found.id, rawId: encode(found.rawId), type: found.type, response });
  };

  class Refused extends Error {}
  const ask = async (form) => {
    const answer = await fetch(form.dataset.passkey, { method: "POST", headers: { accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) return asked(said);
    if (said.go) location.assign(said.go);
    throw new Refused(said.problem);
  };
  const send = (form, found) => {
    const add = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    add("credential", answered(found));
    // The box "Keep me signed in" is in the form of the password.
    const keep = document.querySelector("input[name='keep']");
    if (keep) add("keep_asked", "1");
    if (keep && keep.checked) add("keep", "1");
    form.submit();
  };

  const say = (form, which, words) => {
    form.querySelectorAll("[data-when]").forEach((it) => {
      it.hidden = it.dataset.when !== which;
      if (words && !it.hidden) it.textContent = words;
    });
    form.querySelectorAll("[data-busy]").forEach((it) => it.removeAttribute("data-busy"));
  };
  const reason = (error, spent, patience) => {
    switch (error.name) {
      case "NotAllowedError": return spent > patience - LATE_MS ? "late" : "cancelled";
      case "AbortError": return "cancelled";
      case "InvalidStateError": return "known";
      case "SecurityError": return "origin";
      case "NotSupportedError":
      case "ConstraintError": return "unable";
      case "TypeError": return "offline";
      default: return "failed";
    }
  };

  // The quiet request: the browser offers passkeys in the username field. One at a time, so a click ends it.
  let quiet = null;
  let next = 0;
  const offer = async () => {
    const form = document.querySelector("form[data-passkey][data-offers]");
    if (!form || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    stop();
    const mine = (quiet = new AbortController());
    next = setTimeout(offer, REFRESH_MS);
    try {
      const publicKey = await ask(form);
      if (mine.signal.aborted) return;
      const found = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal });
      if (found) send(form, found);
    } catch {}
  };
  const stop = () => {
    clearTimeout(next);
    if (quiet) quiet.abort();
    quiet = null;
  };

  let working = false;
  const work = async (form) => {
    stop();
    working = true;
    say(form, "");
    let began = performance.now();
    let patience = Infinity;
    try {
      const publicKey = await ask(form);
      began = performance.now();
      patience = publicKey.timeout;
      const makes = form.hasAttribute("data-makes");
      const found = await (makes ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
      send(form, found);
    } catch (error) {
      if (error instanceof Refused) say(form, "said", error.message);
      else say(form, reason(error, performance.now() - began, patience));
      offer();
    } finally {
      working = false;
    }
  };
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-passkey]")) return;
    event.preventDefault();
    if (!working) work(event.target);
  }, true);
  window.addEventListener("pageshow", offer);
})();
