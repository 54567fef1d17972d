/** Says in a corner what went wrong, or what would have been sent. */

import { one } from "./dom.js";

const SECONDS = 8;
let timer = 0;

/** @param {string} words */
export function toast(words) {
  const box = one("#toast");
  box.textContent = words;
  box.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => {
    box.classList.remove("shown");
    box.textContent = "";
  }, SECONDS * 1000);
}
