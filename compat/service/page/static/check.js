// Files that are dropped, picked or pasted, and what the service says about them.

import { make } from "./dom.js";
import { drawFile, drawHomeless } from "./findings.js";
import { Refusal, ask, useKey } from "./service.js";
import { target } from "./state.js";
import { toolsOf } from "./tools.js";

const form = document.getElementById("check-form");
const said = document.getElementById("check-said");
const results = document.getElementById("results");
const drop = document.getElementById("drop");
const byId = (id) => document.getElementById(id);

/** The files of the next request: name, text, and the bytes in base64. */
let files = [];

export function startCheck() {
  form.hidden = false;
  byId("files").addEventListener("change", async (event) => {
    await take([...event.target.files]);
    event.target.value = ""; // the same file again is a change, too
  });
  byId("paste-open").addEventListener("click", () => openPaste(byId("paste").hidden));
  byId("targets-take").addEventListener("click", () => { byId("targets").value = target(); });
  byId("key").addEventListener("change", (event) => useKey(event.target.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!byId("paste").hidden && byId("paste-text").value) files = [pasted()];
    check();
  });
  startDropping();
}

function openPaste(open) {
  byId("paste").hidden = !open;
  byId("paste-open").setAttribute("aria-expanded", String(open));
  if (open) byId("paste-text").focus();
}

/** The whole page takes a drop: one beside the box must not make the browser leave. */
function startDropping() {
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    drop.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    await take([...event.dataTransfer.files]);
  });
}

async function take(picked) {
  if (!picked.length) return;
  openPaste(false);
  files = await Promise.all(picked.map(readFile));
  await check();
}

async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { name: file.webkitRelativePath || file.name, text: decode(bytes), bytes };
}

/** UTF-8, else Latin-1, as compat reads files. A byte order mark is no part of the text. */
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function pasted() {
  const text = byId("paste-text").value;
  return { name: byId("paste-name").value.trim() || "requirements.txt", text, bytes: new TextEncoder().encode(text) };
}

function base64(bytes) {
  let found = "";
  for (let at = 0; at < bytes.length; at += 0x8000) found += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(found);
}

/** The body of a request about the files at hand, or about *changed* ones, whose text is what counts. */
function question(changed = null) {
  const own = changed
    ? changed.map(({ name, text }) => ({ name, content: text }))
    : files.map(({ name, bytes }) => ({ name, content: base64(bytes), encoding: "base64" }));
  return { files: own, targets: byId("targets").value.split(/\s+/).filter(Boolean) };
}

async function check() {
  if (!files.length) {
    tell("Pick, drop or paste a file first.", true);
    return;
  }
  tell("Checking …");
  form.setAttribute("aria-busy", "true");
  try {
    draw(await ask("v1/check", question()));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    results.replaceChildren();
    if (error.status === 401) byId("key-row").hidden = false;
    tell(error.message, true);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function tell(words, wrong = false) {
  said.textContent = words;
  said.classList.toggle("wrong", wrong);
}

const VERDICTS = { ok: "No conflict", conflict: "Conflict", unknown: "Not known" };

function draw(report) {
  const counts = ["error", "warning", "info"]
    .map((name) => [report.diagnostics.filter((one) => one.severity === name).length, name])
    .filter(([count]) => count)
    .map(([count, name]) => `${count} ${name}${count > 1 && name !== "info" ? "s" : ""}`);
  const { known, total } = report.coverage;
  const broken = report.files.filter((file) => file.error).length;
  const verdict = broken ? "Not readable" : VERDICTS[report.verdict];
  tell(`${verdict}: ${counts.join(", ") || "nothing found"}. The matrix covers ${known} of ${total} projects.`);
  const context = { files, report, question, off: new Set() };
  results.replaceChildren(
    ...report.files.filter((file) => files.some((own) => own.name === file.path)).map((file) => drawFile(context, file, toolsOf(context, file))),
    ...drawHomeless(context),
  );
  if (!report.files.length) results.replaceChildren(make("p", { class: "note" }, "None of these is a file that compat knows."));
}
