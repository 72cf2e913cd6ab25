// The map of builds: a grid of links in which arrows move, and a dialog with the facts of one.

import { insteadOf } from "./choose.js";
import { fragment, problemOf, say } from "./dom.js";
import { makePart } from "./parts.js";
import { read, write } from "./state.js";

const section = document.getElementById("builds");
const dialog = document.getElementById("facts");
const body = document.getElementById("facts-body");

export function startMap(choosing) {
  const render = makePart(section, "builds", prepare);

  section.addEventListener("change", (event) => {
    const form = event.target.closest("form");
    if (!form) return;
    const values = new FormData(form);
    write({ map: values.get("map"), map_python: values.get("map_python"), map_all: values.get("map_all"), cell: null });
    render().then(() => section.querySelector(`[name=${event.target.name}]`)?.focus());
  });
  section.addEventListener("submit", (event) => event.preventDefault());
  section.addEventListener("click", (event) => {
    const cell = event.target.closest("a.cell");
    if (!cell) return;
    event.preventDefault();
    write({ cell: cell.dataset.cell });
    open();
  });
  section.addEventListener("keydown", onKey);
  dialog.addEventListener("close", () => {
    const { cell } = read();
    if (cell) write({ cell: null });
    find(cell)?.focus();
  });
  dialog.addEventListener("click", (event) => {
    const instead = event.target.closest(".instead");
    if (event.target === dialog) dialog.close(); // outside of it
    if (!instead) return;
    event.preventDefault();
    dialog.close();
    choosing.choose(insteadOf(instead));
    document.getElementById("choose").scrollIntoView();
  });
  prepare();
  if (read().cell) open();
  return {
    show() {
      render();
      if (read().cell) open();
      else if (dialog.open) dialog.close();
    },
  };
}

async function open() {
  try {
    const answer = await fetch(`parts/build${location.search}`);
    if (!answer.ok) throw new Error(await problemOf(answer));
    body.replaceChildren(...fragment(await answer.text()));
    if (!dialog.open) dialog.showModal();
    body.querySelector("h2")?.focus();
  } catch (error) {
    say(`no answer: ${error.message}`);
  }
}

/** One tab stop for the whole grid. */
function prepare() {
  const cells = [...section.querySelectorAll("a.cell")];
  const first = find(read().cell) || cells[0];
  for (const cell of cells) cell.tabIndex = cell === first ? 0 : -1;
}

function find(name) {
  return [...section.querySelectorAll("a.cell")].find((cell) => cell.dataset.cell === name);
}

function onKey(event) {
  const cell = event.target.closest("a.cell");
  if (!cell) return;
  const to = next(cell, event);
  if (!to) return;
  event.preventDefault();
  cell.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

/** Where a key leads from *cell*. Source: https://www.w3.org/WAI/ARIA/apg/patterns/grid/ */
function next(cell, { key, ctrlKey }) {
  const rows = [...section.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("a.cell")]);
  const y = rows.findIndex((row) => row.includes(cell));
  const x = rows[y].indexOf(cell);
  const last = rows[y].length - 1;
  switch (key) {
    case "ArrowRight": return rows[y][x + 1];
    case "ArrowLeft": return rows[y][x - 1];
    case "ArrowDown": return rows[y + 1]?.[x];
    case "ArrowUp": return rows[y - 1]?.[x];
    case "Home": return ctrlKey ? rows[0][0] : rows[y][0];
    case "End": return ctrlKey ? rows.at(-1)[last] : rows[y][last];
    case "PageDown": return rows[Math.min(y + 10, rows.length - 1)][x];
    case "PageUp": return rows[Math.max(y - 10, 0)][x];
    default: return null;
  }
}
