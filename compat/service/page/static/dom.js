// Building elements, fetching, saying, copying. Text only ever becomes text: nothing here parses markup but `fragment`,
// which is given what this service has rendered, and escaped, itself.

/** An element with attributes and children; strings among the children become text. */
export function make(name, attributes = {}, ...children) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") found.className = value;
    else if (key.startsWith("on")) found.addEventListener(key.slice(2), value);
    else if (value === true) found.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) found.setAttribute(key, value);
  }
  found.append(...children.filter((child) => child !== null && child !== undefined));
  return found;
}

/** The nodes of a part of the page. */
export function fragment(html) {
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
}

let timer = 0;

/** A short message, seen and heard. */
export function say(words) {
  const line = document.getElementById("said");
  line.textContent = words;
  clearTimeout(timer);
  timer = setTimeout(() => { line.textContent = ""; }, 2500);
}

export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text); // without TLS, off loopback, a browser has no clipboard
  }
  say(what);
}

function copyBySelection(text) {
  const area = make("textarea", { class: "hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Hand *text* to the browser as a file. */
export function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = make("a", { href: url, download: name.split("/").pop() });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** What a problem of the service says; a network that failed says so, too. */
export async function problemOf(answer) {
  try {
    const found = await answer.json();
    return found.detail || found.title;
  } catch {
    return `the service answered ${answer.status}`;
  }
}

/** Text with what stands in backticks as code. */
export function ticked(text) {
  return text.split("`").map((piece, at) => (at % 2 ? make("code", {}, piece) : piece));
}

/** A source of a fact: a link where it is an address. */
export function source(text) {
  if (/^https?:\/\/\S+$/.test(text)) {
    return make("a", { href: text, target: "_blank", rel: "noreferrer noopener" }, text.replace(/^https?:\/\/(www\.)?/, ""));
  }
  return make("code", {}, text);
}
