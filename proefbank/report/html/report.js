"use strict";
(() => {
  const form = document.getElementById("filters");
  const table = document.querySelector("#requirements table");
  if (!form || !table) return;
  form.hidden = false;
  const rows = [...table.tBodies[0].rows];
  const buttons = [...form.querySelectorAll("button[data-filter]")];
  const search = document.getElementById("search");
  const status = document.getElementById("shown");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const wanted = {};
    for (const button of buttons) {
      if (button.getAttribute("aria-pressed") !== "true") continue;
      (wanted[button.dataset.filter] ||= new Set()).add(button.value);
    }
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const fits = Object.entries(wanted).every(([name, set]) => set.has(row.dataset[name]))
        && words.every((word) => texts[place].includes(word));
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    status.textContent = form.dataset.shown.replace("{shown}", shown).replace("{all}", rows.length);
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-filter]");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    apply();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    for (const button of buttons) button.setAttribute("aria-pressed", "false");
    setTimeout(apply);
  });
  search.addEventListener("input", apply);
  const open = () => {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch { return; }
    if (!target) return;
    if (target.hidden) form.reset();
    for (let up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  apply();
  if (location.hash) setTimeout(open);
})();
