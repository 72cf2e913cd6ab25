// The chooser: chips of a row are one radio group, in which arrows move and Space or Enter chooses.

import { makePart } from "./parts.js";
import { CHOICE, write } from "./state.js";

const section = document.getElementById("choose");

export function startChoosing() {
  const show = makePart(section, "choose", () => prepare(refocus));
  let refocus = null;

  /** Take *changes* into the address and show what follows; the focus stays on the same value. */
  function choose(changes, focus = null) {
    refocus = focus;
    write(changes);
    show();
  }

  section.addEventListener("click", (event) => {
    const instead = event.target.closest(".instead");
    const chip = event.target.closest(".chip");
    if (!instead && !chip) return;
    event.preventDefault();
    if (instead) choose(insteadOf(instead), null);
    else if (chip.getAttribute("aria-disabled") === "true") tell(chip);
    else choose({ [chip.dataset.key]: chip.dataset.value }, { key: chip.dataset.key, value: chip.dataset.value });
  });
  section.addEventListener("submit", (event) => {
    event.preventDefault();
    choose({ driver: new FormData(event.target).get("driver").trim() }, { key: "driver", value: "" });
  });
  section.addEventListener("keydown", onKey);
  section.addEventListener("input", (event) => {
    if (event.target.dataset.filter) filter(event.target);
  });
  for (const name of ["focusin", "mouseover"]) {
    section.addEventListener(name, (event) => {
      const chip = event.target.closest(".chip");
      if (chip) tell(chip);
    });
  }
  prepare(null);
  return { show, choose };
}

/** The changes that a link names: a whole choice. */
export function insteadOf(link) {
  const choice = JSON.parse(link.dataset.instead);
  return Object.fromEntries(CHOICE.map((key) => [key, choice[key] || null]));
}

/** After each rendering: one tab stop a group, what takes a script comes out, the focus goes back. */
function prepare(refocus) {
  for (const group of section.querySelectorAll("[role=radiogroup]")) {
    const chips = [...group.querySelectorAll(".chip")];
    const first = chips.find((chip) => chip.getAttribute("aria-checked") === "true") || chips[0];
    for (const chip of chips) chip.tabIndex = chip === first ? 0 : -1;
  }
  for (const hidden of section.querySelectorAll(".filter, [data-copy-link]")) hidden.hidden = false;
  if (!refocus) return;
  const row = section.querySelector(`#row-${refocus.key}`);
  const chip = [...row.querySelectorAll(".chip")].find((each) => each.dataset.value === refocus.value);
  (chip || row.querySelector("[tabindex='0']"))?.focus({ preventScroll: true });
}

/** Under its row, why a chip is struck out or not known. */
function tell(chip) {
  const line = document.getElementById(`why-${chip.dataset.key}`);
  const reason = document.getElementById(chip.getAttribute("aria-describedby") || "");
  line.hidden = !reason;
  if (reason) line.replaceChildren(...[...reason.childNodes].map((node) => node.cloneNode(true)));
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function onKey(event) {
  const chip = event.target.closest(".chip");
  if (!chip) return;
  if (event.key === " " || (event.key === "Enter" && !chip.href)) {
    event.preventDefault();
    chip.click();
    return;
  }
  const group = chip.closest("[role=radiogroup]");
  const seen = [...group.querySelectorAll(".chip")].filter((each) => each.checkVisibility());
  let to = null;
  if (event.key in STEPS) to = seen[(seen.indexOf(chip) + STEPS[event.key] + seen.length) % seen.length];
  else if (event.key === "Home") to = seen[0];
  else if (event.key === "End") to = seen[seen.length - 1];
  if (!to) return;
  event.preventDefault();
  chip.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

/** Of all models, those whose name, or whose group's, holds what is typed. */
function filter(input) {
  const word = input.value.trim().toLowerCase().replace(/[\s_-]/g, "");
  const clean = (text) => text.toLowerCase().replace(/[\s_-]/g, "");
  for (const group of input.closest("details").querySelectorAll(".group")) {
    const whole = clean(group.querySelector("h3").textContent).includes(word);
    let left = 0;
    for (const chip of group.querySelectorAll(".chip")) {
      chip.hidden = !whole && !clean(`${chip.textContent} ${chip.dataset.value}`).includes(word);
      left += chip.hidden ? 0 : 1;
    }
    group.hidden = left === 0;
  }
}

