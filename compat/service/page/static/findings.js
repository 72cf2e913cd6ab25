// Findings drawn in the file that they are about.

import { make, source, ticked } from "./dom.js";

/** A long file is shown around its findings; this many lines before and after each. */
const AROUND = 4;
const WHOLE = 120;

const RANK = { error: 0, warning: 1, info: 2 };

/** One file of *report*, its lines, and under each line what was found there. */
export function drawFile(context, file, tools) {
  const own = context.files.find((each) => each.name === file.path);
  const found = context.report.diagnostics.filter((one) => one.path === file.path);
  const head = make("div", { class: "file-head" },
    make("h3", {}, file.path),
    make("span", { class: `verdict ${file.verdict}` }, file.error ? "unreadable" : file.verdict),
    make("span", { class: "muted" }, file.kind), tools.bar);
  const lines = drawLines(context, own, file, found);
  return make("section", { class: "file", "aria-label": file.path }, head, lines, tools.below);
}

/** What is about no line of a file of the request. */
export function drawHomeless(context) {
  const known = new Set(context.files.map((file) => file.name));
  const found = context.report.diagnostics.filter((one) => !known.has(one.path));
  return found.map((one) => drawFinding(context, one));
}

function drawLines(context, own, file, found) {
  const lines = own.text.split(/\r\n|\n|\r/);
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  const byLine = Map.groupBy(found, (one) => Math.min(one.line ?? 1, lines.length));
  const box = make("div", { class: "code" });
  if (file.error) byLine.set(file.error.line ?? 1, [brokenAs(file)]);
  const shown = linesToShow(lines.length, context, own.name, byLine);
  let last = 0;
  for (const number of shown) {
    if (number > last + 1) box.append(gap(box, lines, context, own, last + 1, number - 1));
    box.append(...drawLine(context, own, lines[number - 1] ?? "", number, byLine.get(number) || []));
    last = number;
  }
  if (last < lines.length) box.append(gap(box, lines, context, own, last + 1, lines.length));
  return box;
}

function brokenAs({ path, error }) {
  return { code: "", rule: "does not parse", severity: "error", message: error.message, path, line: error.line, column: error.column,
    end_line: null, end_column: null, related: [], evidence: [], fix: null, targets: [] };
}

function linesToShow(count, { report }, name, byLine) {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  if (count <= WHOLE) return all;
  const related = report.diagnostics.flatMap((one) => one.related).filter((one) => one.path === name).map((one) => one.line);
  const points = [1, ...byLine.keys(), ...related];
  return all.filter((number) => points.some((point) => Math.abs(point - number) <= AROUND));
}

/** Lines without findings, folded; a press unfolds them. */
function gap(box, lines, context, own, from, to) {
  const button = make("button", { type: "button", class: "plain", onclick: () => {
    const drawn = lines.slice(from - 1, to).flatMap((text, at) => drawLine(context, own, text, from + at, []));
    holder.replaceWith(...drawn);
  } }, `lines ${from} to ${to}`);
  const holder = make("div", { class: "gap" }, button);
  return holder;
}

/** The id of a line: a number for the file, since its name may hold anything. */
function idOf(context, path, line) {
  return `line-${context.files.findIndex((file) => file.name === path)}-${line}`;
}

function drawLine(context, own, text, number, found) {
  const sorted = [...found].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const worst = sorted[0]?.severity ?? "";
  const row = make("div", { class: `line ${worst}`, id: idOf(context, own.name, number), tabindex: "-1" },
    make("span", { class: "number" }, String(number)),
    make("span", { class: "text" }, ...marked(text, sorted, number)));
  return [row, ...sorted.map((one) => drawFinding(context, one))];
}

/** The text of a line with the first finding's span marked. Columns count code points from 1. */
function marked(text, found, number) {
  const spans = found.filter((one) => one.line === number && one.column && one.end_column && (one.end_line ?? number) === number);
  if (!spans.length) return [text];
  const points = [...text];
  const [{ column, end_column: end }] = spans;
  const cut = (from, to) => points.slice(from, to).join("");
  return [cut(0, column - 1), make("mark", {}, cut(column - 1, end - 1)), cut(end - 1)];
}

function drawFinding(context, one) {
  const where = one.targets.length > 1 ? [" ", make("span", { class: "muted" }, `on ${one.targets.join(" ")}`)] : [];
  return make("div", { class: `finding ${one.severity}`, role: "note" },
    make("p", {}, make("span", { class: "severity" }, one.severity), " ",
      one.code ? make("span", { class: "code-name", title: one.rule }, `${one.code} `) : null, ...ticked(one.message), ...where),
    drawRelated(context, one), drawFix(context, one), drawEvidence(one));
}

function drawRelated(context, { related }) {
  if (!related.length) return null;
  return make("ul", {}, ...related.map((one) => {
    const id = idOf(context, one.path, one.line);
    const place = `${one.path}${one.line ? `:${one.line}` : ""}`;
    const link = make("a", { href: `#${id}`, onclick: (event) => { event.preventDefault(); goTo(id); } }, place);
    return make("li", {}, context.files.some((file) => file.name === one.path) ? link : place, " ", ...ticked(one.message));
  }));
}

function goTo(id) {
  const line = document.getElementById(id);
  if (!line) return;
  for (const other of document.querySelectorAll(".line.shown")) other.classList.remove("shown");
  line.classList.add("shown");
  line.scrollIntoView({ block: "center" });
  line.focus({ preventScroll: true });
}

const SAFETY = { safe: "", unsafe: " (may change what is installed)", shown: "" };

/** A fix with edits can be left out of the fixed file. */
function drawFix(context, one) {
  const { fix } = one;
  if (!fix) return null;
  if (!fix.edits.length) return make("p", {}, "fix: ", ...ticked(fix.title));
  const box = make("input", { type: "checkbox", checked: true, onchange: () => {
    if (box.checked) context.off.delete(one);
    else context.off.add(one);
  } });
  return make("p", {}, make("label", {}, box, " fix: ", ...ticked(fix.title), make("span", { class: "muted" }, SAFETY[fix.safety])));
}

function drawEvidence({ evidence }) {
  if (!evidence.length) return null;
  const rows = evidence.map((fact) => make("li", {}, ...ticked(fact.claim), " ", source(fact.source),
    fact.read_on ? make("span", { class: "day" }, ` read ${fact.read_on}`) : null));
  return make("details", {}, make("summary", {}, "evidence"), make("ul", { class: "facts" }, ...rows));
}
