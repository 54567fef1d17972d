/** A button that opens a menu: overflow menus, and what can be done with a message. */

import { freshId, h } from "./dom.js";

/** @typedef {{label: string, description?: string, actionId?: string, value?: string, run: (opener: HTMLElement) => unknown}} Item */

/**
 * @param {string} label - what the opening button is called
 * @param {string} sign - what it shows
 * @param {Item[]} items
 * @param {Record<string, unknown>} [props] - more attributes for the button
 */
export function menu(label, sign, items, props = {}) {
  const id = freshId("menu");
  const shared = {
    type: "button",
    "aria-haspopup": "menu",
    "aria-expanded": false,
    "aria-label": label,
  };
  const opener = h(
    "button",
    { ...shared, popovertarget: id, "aria-controls": id, ...props },
    h("span", { "aria-hidden": true }, sign),
  );
  const list = h("div", { id, popover: "auto", role: "menu", class: "menu", "aria-label": label });
  list.append(...items.map((item) => line(item, list, opener)));
  list.addEventListener("toggle", (event) =>
    toggled(/** @type {ToggleEvent} */ (event), opener, list),
  );
  list.addEventListener("keydown", (event) => walk(event, list));
  return h("span", { class: "menu-place" }, opener, list);
}

/**
 * @param {Item} item
 * @param {HTMLElement} list
 * @param {HTMLElement} opener
 */
function line(item, list, opener) {
  const onclick = () => {
    list.hidePopover();
    opener.focus();
    item.run(opener);
  };
  const hooks = { "data-action-id": item.actionId, "data-value": item.value };
  const note = item.description ? h("small", {}, item.description) : null;
  return h(
    "button",
    { type: "button", role: "menuitem", tabindex: -1, ...hooks, onclick },
    item.label,
    note,
  );
}

/**
 * @param {ToggleEvent} event
 * @param {HTMLElement} opener
 * @param {HTMLElement} list
 */
function toggled(event, opener, list) {
  const isOpen = event.newState === "open";
  opener.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) return;
  place(list, opener.getBoundingClientRect());
  lines(list)[0]?.focus({ preventScroll: true });
}

/**
 * Put the menu below its button, or above it where there is no room.
 *
 * @param {HTMLElement} list
 * @param {DOMRect} beside
 */
function place(list, beside) {
  const { width, height } = list.getBoundingClientRect();
  const below = beside.bottom + 4;
  const top = below + height > innerHeight ? beside.top - height - 4 : below;
  list.style.top = `${Math.max(4, top)}px`;
  list.style.left = `${Math.max(4, Math.min(beside.left, innerWidth - width - 8))}px`;
}

/** @param {HTMLElement} list */
const lines = (list) => /** @type {HTMLElement[]} */ ([...list.children]);

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} list
 */
function walk(event, list) {
  const all = lines(list);
  const now = all.findIndex((it) => it === document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab") list.hidePopover();
  if (next === undefined) return;
  event.preventDefault();
  all.at(next % all.length)?.focus();
}
