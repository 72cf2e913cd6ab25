// The page with a script: choices and cells change parts of the page instead of loading it anew.

import { startCheck } from "./check.js";
import { startChoosing } from "./choose.js";
import { copy } from "./dom.js";
import { startMap } from "./map.js";

document.documentElement.classList.add("scripted");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-link]");
  if (!button) return;
  if (button.hasAttribute("data-copy-link")) copy(location.href.split("#")[0], "Link copied");
  else copy(button.dataset.copy);
});

const choosing = startChoosing();
const map = startMap(choosing);
startCheck();

window.addEventListener("popstate", () => {
  choosing.show();
  map.show();
});
