// Questions to the service. A key, where it asks for one, is in this module and nowhere else.

import { problemOf } from "./dom.js";

let key = "";

export function useKey(text) {
  key = text.trim();
}

/** An answer that is no answer: what the service says about it, and its status. */
export class Refusal extends Error {
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

export async function ask(path, body) {
  const headers = { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const options = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, { ...options, cache: "no-store" });
  } catch (error) {
    throw new Refusal(`the service was not reached: ${error.message}`, 0);
  }
  if (!answer.ok) throw new Refusal(await problemOf(answer), answer.status);
  return answer.json();
}
