// The few things that must answer before the server can: a click that shows it was heard, copying,
// showing a password. Everything works without this file; nothing here decides anything.
"use strict";
(() => {
  const html = document.documentElement;
  const BUSY = "data-busy";
  const PATIENCE_MS = 10000;

  const rest = (which) => document.querySelectorAll(which).forEach((it) => it.removeAttribute(BUSY));
  const wait = (button, why) => {
    if (!button) return;
    button.setAttribute(BUSY, why);
    setTimeout(() => button.removeAttribute(BUSY), PATIENCE_MS);
  };

  // A form over the socket: when its answer finds a field wrong, the focus goes there.
  let submitted = null;
  document.addEventListener("input", () => (submitted = null));
  const correct = () => {
    const wrong = submitted && submitted.querySelector("[aria-invalid='true']");
    if (!wrong) return;
    submitted = null;
    wrong.focus();
  };

  // A native form leaves the page: its button turns until the next page is there, and a second
  // press sends nothing twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[method='post' i]")) {
      submitted = form;
      return;
    }
    if (form.querySelector(`[${BUSY}]`)) return event.preventDefault();
    // After the browser has collected the form: a disabled or changed button would be missing from it.
    setTimeout(() => wait(event.submitter || form.querySelector("[type='submit']"), "leaving"));
  });
  window.addEventListener("pageshow", () => rest(`[${BUSY}]`));

  // A click over the socket: the answer always changes the page, and that change ends the wait.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-waits")) wait(button, "asking");
    if (button.hasAttribute("data-copy")) copy(button);
    if (button.hasAttribute("data-reveals")) reveal(button);
    if (button.hasAttribute("data-prints")) print();
    if (button.hasAttribute("data-opens")) open(button.dataset.opens, "_blank", "noopener");
  });
  // A field that saves when it is left is left by Enter too.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[data-leaves]")) event.target.blur();
  });
  // What was asked for and comes only once, such as a new secret, is seen and read at once.
  const welcome = () => {
    const come = document.querySelector("[data-comes]:not([data-seen])");
    if (!come) return;
    come.setAttribute("data-seen", "");
    come.scrollIntoView({ block: "center" });
    come.focus({ preventScroll: true });
  };
  // Of a row of tabs that is wider than the screen, the tab of this page is in view.
  const placed = new WeakSet();
  const center = (tab) => {
    const [box, row] = [tab.getBoundingClientRect(), tab.parentElement.getBoundingClientRect()];
    tab.parentElement.scrollLeft += box.left + box.width / 2 - (row.left + row.width / 2);
  };
  const place = () => {
    for (const here of document.querySelectorAll(".tabs [aria-current]")) {
      if (placed.has(here)) continue;
      placed.add(here);
      center(here);
    }
  };
  place();
  // So is the one that the keyboard is at. Under a finger nothing moves.
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(".tabs a:focus-visible")) center(target);
  });
  let path = location.pathname;
  let heading = null;
  let focused = undefined;
  new MutationObserver(() => {
    rest(`[${BUSY}="asking"]`);
    correct();
    welcome();
    place();
    // The entry that the address names comes over the socket, later than the browser looks for it.
    const asked = document.querySelector(".asked-for");
    if (asked && !asked.dataset.reached) {
      asked.dataset.reached = "";
      asked.scrollIntoView({ block: "center" });
    }
    const found = document.querySelector("main h1");
    if (!found || found === heading) return;
    // A heading that only stood in for the page's own gives the focus on to it.
    const goesOn = focused === heading && document.activeElement === document.body;
    heading = found;
    if (path === location.pathname && !goesOn) return;
    path = location.pathname;
    focused = found;
    // A page change without a load: say where we are, as a load would (WCAG 2.4.3).
    requestAnimationFrame(() => found.focus({ preventScroll: true }));
  }).observe(html, { childList: true, characterData: true, subtree: true });

  // A page that was out of sight shows what was changed meanwhile in another tab.
  document.addEventListener("visibilitychange", () => {
    const again = document.querySelector("[data-refreshes]");
    if (again && !document.hidden) again.click();
  });

  // What other browsers do to this account shows here: sessions come and go, and where this one has ended the page
  // is left. Asking does not count as use of the session.
  let mark;
  const watch = async () => {
    const place = document.querySelector("[data-live]");
    if (!place || document.hidden) return;
    try {
      const answer = await fetch(place.dataset.live);
      if (!answer.ok) return;
      const seen = (await answer.json()).mark;
      if (seen === "") return location.reload();
      if (mark !== undefined && seen !== mark) place.click();
      mark = seen;
    } catch {}
  };
  // At once too: what happens between now and the first look must show.
  watch();
  setInterval(watch, 3000);

  // A live page asks every few seconds, until nobody has touched it for minutes: an open page must not keep a session.
  let touched = Date.now();
  for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "focus"]) {
    addEventListener(kind, () => (touched = Date.now()), { passive: true, capture: true });
  }
  setInterval(() => {
    const live = document.querySelector("[data-refreshes=live]");
    if (live && !document.hidden && Date.now() - touched < 120000) live.click();
  }, 3000);

  // A person who waits for a mail may confirm on another device: this page notices.
  const waiting = document.querySelector("[data-watches]");
  const look = async (pause) => {
    if (!waiting.isConnected) return;
    try {
      const answer = document.hidden ? {} : await (await fetch(waiting.dataset.watches)).json();
      if (answer.confirmed) return location.reload();
    } catch {}
    setTimeout(look, pause, Math.min(pause * 1.1, 30000));
  };
  if (waiting) setTimeout(look, 2000, 3000);

  // A name is judged while it is typed; the server judges the whole form in any case.
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset || !field.dataset.judgedBy) return;
    clearTimeout(field.judging);
    field.judging = setTimeout(judge, 300, field);
  });
  async function judge(field) {
    const asked = field.value;
    let problem = "";
    try {
      if (asked.trim()) problem = (await (await fetch(`${field.dataset.judgedBy}?name=${encodeURIComponent(asked)}`)).json()).problem;
    } catch {
      return;
    }
    if (problem === undefined || field.value !== asked) return;
    const place = document.getElementById(`${field.id}-problem`);
    const good = document.getElementById(`${field.id}-good`);
    place.textContent = problem;
    field.setAttribute("aria-invalid", String(problem !== ""));
    good.textContent = asked.trim() && !problem ? good.dataset.words : "";
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const code = button.parentElement.querySelector("code, pre") || button;
      getSelection().selectAllChildren(code); // no clipboard on plain http: the person presses Ctrl+C
      return;
    }
    button.setAttribute("data-done", "");
    setTimeout(() => button.removeAttribute("data-done"), 2500);
  }

  function reveal(button) {
    const field = document.getElementById(button.dataset.reveals);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  }
})();
