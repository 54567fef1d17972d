/** Light or dark: as the system has it, until the button says otherwise. */

import { one } from "./dom.js";

const KEY = "taskbot-playground-theme";

/** @returns {"light"|"dark"} */
function present() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function label() {
  const other = present() === "dark" ? "light" : "dark";
  one("#theme").setAttribute("aria-label", `Switch to ${other} colours`);
}

export function startTheme() {
  const kept = localStorage.getItem(KEY);
  if (kept) document.documentElement.dataset.theme = kept;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  one("#theme").addEventListener("click", () => {
    const chosen = present() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    localStorage.setItem(KEY, chosen);
    label();
  });
  label();
}
