// What is chosen stands in the address, so that an answer can be linked. A file never does.

export const CHOICE = ["platform", "gpu", "driver", "python", "cuda", "torch"];

export function read() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** The address after *changes*; null and "" let go of a value. */
function searchOf(changes) {
  const found = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) found.set(key, value);
    else found.delete(key);
  }
  const text = found.toString();
  return text ? `?${text}` : "";
}

export function write(changes, { replace = false } = {}) {
  const url = `${location.pathname}${searchOf(changes)}`;
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
}

/** What is chosen, as targets are written. */
export function target() {
  const chosen = read();
  const keys = ["gpu", "driver", "python"].filter((key) => chosen[key]);
  const gpu = chosen.cuda === "none" && !chosen.gpu ? ["gpu=none"] : [];
  return [chosen.platform || "linux-64", ...gpu, ...keys.map((key) => `${key}=${chosen[key]}`)].join(",");
}
