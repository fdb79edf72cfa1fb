/* What the pages can't do without a script: keys, where one is after a swap, and what was really looked at.
   All else is forms and links; htmx sends them and swaps the list in place. */
"use strict";

(() => {
  const csrf = () => document.querySelector("#main").dataset.csrf;
  const cards = () => [...document.querySelectorAll(".card")];
  const current = () => document.activeElement.closest(".card");

  // Keys. One is at the card that has the focus; j and k move, the others press what is in it.
  const go = (card) => {
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = cards();
    const at = all.indexOf(current());
    go(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
  };
  const press = (what) => (current() ?? cards()[0])?.querySelector(what)?.click();
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    o: () => press(".open"),
    s: () => press("button.save"),
    l: () => press("button.like"),
    h: () => hide(),
    u: () => document.querySelector(".undo button")?.click(),
    "/": () => document.querySelector("#q")?.focus() ?? location.assign("/search"),
    "?": () => document.querySelector("#keys").showModal(),
  };
  const hide = () => {
    const card = current() ?? cards()[0];
    const menu = card?.querySelector(".why-hide");
    if (menu) menu.open = true;
    (menu?.querySelector(".menu button") ?? card?.querySelector("button.hide"))?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "Escape") {
      const open = document.activeElement.closest("details[open]");
      if (open) {
        open.open = false;
        go(open.closest(".card"));
      }
    } else if (keys[event.key] && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".why-hide[open]"))
      if (!menu.contains(event.target)) menu.open = false;
    if (event.target.closest("a[href='/keys']")) {
      event.preventDefault();
      document.querySelector("#keys").showModal();
    }
  });

  // After a swap one is where one was, and hears what happened.
  let place = -1;
  document.addEventListener("htmx:beforeRequest", () => {
    place = cards().indexOf(current());
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (place >= 0 && !current()) go(cards()[Math.min(place, cards().length - 1)]);
    const told = document.querySelector(".told p");
    if (told) document.querySelector("#status").textContent = told.textContent.replace(/\s+/g, " ").trim();
    watch();
  });
  document.addEventListener("htmx:beforeSwap", () => document.querySelector("#problem").replaceChildren());
  document.addEventListener("htmx:sendError", () => {
    document.querySelector("#problem").textContent = "The service can’t be reached: nothing was recorded. Try again.";
  });

  // What was looked at: half of a card in sight for a second. Told in groups, and when one leaves.
  const tell = (path, fields) => {
    const body = new URLSearchParams([...fields, ["csrf", csrf()]]);
    navigator.sendBeacon(path, body);
  };
  const waiting = new Map();
  const timers = new Map();
  const flush = () => {
    for (const [slate, places] of waiting)
      tell("/seen", [["slate", slate], ...places.map((place) => ["place", place])]);
    waiting.clear();
  };
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(timers.get(target));
        if (isIntersecting) timers.set(target, setTimeout(() => seen(target), 1000));
      }
    },
    { threshold: 0.5 },
  );
  const seen = (card) => {
    sight.unobserve(card);
    const { slate, place: at } = card.dataset;
    waiting.set(slate, [...(waiting.get(slate) ?? []), at]);
  };
  const watch = () => {
    for (const card of document.querySelectorAll("[data-place]:not([data-watched])")) {
      card.dataset.watched = "";
      sight.observe(card);
    }
  };
  watch();
  setInterval(flush, 5000);

  // How long a paper was read: while its page is in sight, and somebody is there.
  const paper = document.querySelector("[data-read]")?.dataset;
  const idleAfter = 60;
  let seconds = 0;
  let told = 0;
  let still = 0;
  let deepest = 0;
  let left = false;
  if (paper) {
    for (const kind of ["scroll", "pointermove", "keydown"])
      addEventListener(kind, () => (still = 0), { passive: true });
    setInterval(() => {
      if (document.visibilityState !== "visible" || ++still > idleAfter) return;
      seconds += 1;
      const page = document.documentElement;
      deepest = Math.max(deepest, Math.min(1, (scrollY + innerHeight) / page.scrollHeight));
    }, 1000);
    document.querySelector("a.button.open")?.addEventListener("click", () => (left = true));
  }
  const quick = 5; // a paper that is closed so soon was not read: said only when it is closed for good
  const noteReading = (closed) => {
    if (!paper || seconds <= told || (seconds <= quick && (!closed || left))) return;
    told = seconds;
    const fields = [["item", paper.read], ["nonce", `${paper.nonce}-${seconds}`], ["seconds", seconds], ["scroll", deepest.toFixed(2)]];
    if (paper.slate) fields.push(["slate", paper.slate], ["position", paper.position]);
    tell("/read", fields);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      flush();
      noteReading(false);
    }
  });
  addEventListener("pagehide", () => noteReading(true));
})();
