// What can be done with a file that was judged: the fixed file, the relaxed one, a lock.

import { copy, download, make, say, ticked } from "./dom.js";
import { applyEdits, editsOf } from "./edits.js";
import { Refusal, ask } from "./service.js";

/** Seconds between two questions for a job. */
const PAUSE = 1;

const PARSED = new Set(["environment", "requirements", "pyproject", "pixi"]);

/** Buttons for the head of *file*, and the place under it for what they bring. */
export function toolsOf(context, file) {
  const below = make("div", { class: "below" });
  const bar = make("div", { class: "tools" });
  const own = context.files.find((each) => each.name === file.path);
  const fixable = context.report.diagnostics.some((one) => one.fix?.edits.some((edit) => edit.path === file.path));
  if (fixable) {
    const fixed = () => fixedText(context, own);
    bar.append(
      make("button", { type: "button", class: "copy", onclick: () => copy(fixed(), "Fixed file copied") }, "Copy fixed file"),
      make("button", { type: "button", class: "copy", onclick: () => download(own.name, fixed()) }, "Download fixed file"));
  }
  if (PARSED.has(file.kind) && !file.error) {
    bar.append(
      make("button", { type: "button", class: "copy", onclick: (event) => busy(event.target, () => relax(context, own, below)) }, "Relax pins"),
      make("button", { type: "button", class: "copy", onclick: (event) => busy(event.target, () => lock(context, own, below)) }, "Lock"));
  }
  return { bar, below };
}

function fixedText(context, own) {
  const fixes = context.report.diagnostics.filter((one) => one.fix?.edits.length && !context.off.has(one)).map((one) => one.fix);
  return applyEdits(own.text, editsOf(fixes).get(own.name) || []);
}

/** Runs *work* with the button held down; what the service refuses is said under the file. */
async function busy(button, work) {
  button.disabled = true;
  try {
    await work();
  } finally {
    button.disabled = false;
    button.focus();
  }
}

function put(below, ...nodes) {
  below.replaceChildren(make("div", { class: "changes" }, ...nodes));
}

async function relax(context, own, below) {
  // What is relaxed is the fixed file: a range around a pin that does not work is not worth having.
  const fixed = context.files.map((file) => ({ ...file, text: fixedText(context, file) }));
  const text = fixed.find((file) => file.name === own.name).text;
  let answer;
  try {
    answer = await ask("v1/relax", context.question(fixed));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    put(below, error.message);
    return;
  }
  const found = answer.files.find((file) => file.path === own.name);
  const changes = found?.changes ?? [];
  if (!changes.length) {
    put(below, make("p", {}, "No pin can be widened."), left(found));
    return;
  }
  const relaxed = applyEdits(text, changes.map((change) => change.edit));
  const isFixed = text !== own.text;
  put(below, make("p", {},
    make("button", { type: "button", class: "copy", onclick: () => copy(relaxed, "Relaxed file copied") }, "Copy relaxed file"), " ",
    make("button", { type: "button", class: "copy", onclick: () => download(own.name, relaxed) }, "Download relaxed file"),
    isFixed ? make("span", { class: "muted" }, " with the fixes that are ticked; lines are those of the fixed file") : null),
  make("ul", {}, ...changes.map(changed)), left(found));
}

function changed(change) {
  const why = change.reasons.map((reason) => reason.claim).join("; ");
  return make("li", {}, `line ${change.line ?? "?"}: `, make("del", {}, make("code", {}, change.old)), " → ",
    make("ins", {}, make("code", {}, change.new || "(taken out)")), make("span", { class: "muted" }, " ", ...ticked(why)));
}

function left(found) {
  const rows = found?.left ?? [];
  if (!rows.length) return null;
  return make("details", {}, make("summary", {}, `${rows.length} left as they are`),
    make("ul", {}, ...rows.map((one) => make("li", {}, `${one.package}${one.line ? `, line ${one.line}` : ""}: `, ...ticked(one.why)))));
}

// -- locks ------------------------------------------------------------------------------------------------------------

async function lock(context, own, below) {
  if (document.getElementById("check").dataset.locks !== "yes") {
    put(below, "No lock here: whoever runs this service gave it no package index and no conda channel to ask. ",
      make("code", {}, `compat lock ${own.name}`), " on your machine does it.");
    return;
  }
  try {
    const { files, targets } = context.question();
    put(below, "Locking …");
    let job = await ask("v1/lock", { files, targets, roots: [own.name] });
    while (job.state === "queued" || job.state === "running") {
      put(below, job.progress.at(-1) || (job.state === "queued" ? "Waiting for a turn …" : "Locking …"));
      await new Promise((done) => setTimeout(done, PAUSE * 1000));
      job = await ask(`v1/jobs/${encodeURIComponent(job.id)}`);
    }
    if (job.state === "failed") throw new Refusal(job.problem.detail, 0);
    locked(job.result, below);
    say("Locked");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    put(below, "No lock: ", ...ticked(error.message));
  }
}

function locked(result, below) {
  const files = result.files.map((file) => make("li", {},
    make("button", { type: "button", class: "copy", onclick: () => download(file.name, file.content) }, `Download ${file.name}`),
    " ", make("code", {}, file.install)));
  const messages = result.report.diagnostics.map((one) => make("li", {}, `${one.severity} ${one.code}: ${one.message}`));
  put(below, result.locked ? null : make("p", {}, "There is no solution."), make("ul", {}, ...files, ...messages),
    ...result.notes.map((note) => make("p", { class: "muted" }, note)));
}
