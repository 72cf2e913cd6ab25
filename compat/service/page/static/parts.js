// A part of the page, rendered by the service for the address as it is now.

import { fragment, problemOf, say } from "./dom.js";

/** Replaces the content of *section* by the part *name*; the last call wins. */
export function makePart(section, name, done) {
  let under = null;
  return async function show() {
    under?.abort();
    under = new AbortController();
    const { signal } = under;
    section.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`parts/${name}${location.search}`, { signal });
      if (!answer.ok) throw new Error(await problemOf(answer));
      const nodes = fragment(await answer.text());
      if (signal.aborted) return;
      section.replaceChildren(...nodes);
      done();
    } catch (error) {
      if (!signal.aborted) say(`no answer: ${error.message}`);
    } finally {
      if (!signal.aborted) section.removeAttribute("aria-busy");
    }
  };
}
