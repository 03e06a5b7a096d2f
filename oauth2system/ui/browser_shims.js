(() => {
  // Runs before anything else. Where a browser keeps nothing, pages read and write a memory of their own.
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].setItem("oauth2system", "");
      window[name].removeItem("oauth2system");
    } catch {
      const kept = new Map();
      const memory = {
        getItem: (key) => kept.get(String(key)) ?? null,
        setItem: (key, value) => void kept.set(String(key), String(value)),
        removeItem: (key) => void kept.delete(String(key)),
        clear: () => kept.clear(),
        key: (index) => [...kept.keys()][index] ?? null,
        get length() { return kept.size; },
      };
      try {
        Object.defineProperty(window, name, { configurable: true, value: memory });
      } catch {}
    }
  }
  // A live connection that ends before it said anything was refused: pages that need one say so at once.
  const page = document.documentElement.dataset;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      let heard = false;
      this.addEventListener("message", () => {
        heard = true;
        delete page.refused;
      });
      this.addEventListener("close", () => heard || (page.refused = ""));
    }
  };
  // What needs passkeys is shown where the browser has them.
  if (window.PublicKeyCredential) page.passkeys = "";
  // Translation and extensions move texts that React put there. It still finds them (react/react#11538).
  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype.removeChild = function (child) {
    if (!child || child.parentNode === this) return removeChild.call(this, child);
    if (this.contains(child)) child.remove();
    return child;
  };
  Node.prototype.insertBefore = function (node, before) {
    while (before && before.parentNode !== this) before = before.parentNode;
    return insertBefore.call(this, node, before ?? null);
  };
  // The server filled these places. Where something changed the page before React took it over, React builds
  // it anew and knows them as empty: then what was there, and typed, goes back. A page reached without a load,
  // as by Back, was never filled: it is loaded.
  const address = () => location.pathname + location.search;
  const began = address();
  let left = false;
  const kept = new Map();
  let typing = null;
  document.addEventListener("focusin", (event) => (typing = event.target));
  new MutationObserver(() => {
    left ||= address() !== began;
    for (const name of ["content", "ends"]) {
      const place = document.getElementById(name);
      if (!place || !("slot" in place.dataset)) continue;
      if (place.firstChild) {
        kept.set(name, [...place.childNodes]);
      } else if (!left && kept.has(name)) {
        place.append(...kept.get(name));
        if (typing && place.contains(typing)) typing.focus();
      } else if (left && name === "content") {
        location.reload();
      }
    }
  }).observe(document, { childList: true, subtree: true });
})();
