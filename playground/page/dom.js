/** Makes DOM nodes and keeps those that did not change. Text stays text: markup is never parsed. */

/** @typedef {Node|string|null|undefined|false} Child */

/**
 * Make an element; `on…` functions become listeners, everything else attributes.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) assign(node, name, value);
  node.append(...children.filter((child) => child instanceof Node || Boolean(child)).map(present));
  return node;
}

/** @param {Child} child */
const present = (child) => /** @type {Node|string} */ (child);

/**
 * @param {Element} node
 * @param {string} name
 * @param {unknown} value
 */
function assign(node, name, value) {
  if (typeof value === "function") {
    node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  } else if (value === true && !name.startsWith("aria-")) {
    node.setAttribute(name, "");
  } else if (
    value !== undefined &&
    value !== null &&
    (value !== false || name.startsWith("aria-"))
  ) {
    node.setAttribute(name, String(value));
  }
}

/**
 * Find the one element that must be there.
 *
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function one(selector, root = document) {
  const found = root.querySelector(selector);
  if (found instanceof HTMLElement) return found;
  throw new Error(`the page has no ${selector}`);
}

/**
 * @param {HTMLElement} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.filter(Boolean).map(present));
}

/** What each kept child was drawn from. @type {WeakMap<Element, {key: string, print: string}>} */
const drawn = new WeakMap();

/**
 * Make the children of `parent` show `items`, touching only what changed: there focus, open menus
 * and half-typed fields survive. A child that is drawn anew hands on the focus, but an open menu in
 * it closes.
 *
 * @template Item
 * @param {Element} parent
 * @param {Item[]} items
 * @param {object} how
 * @param {(item: Item, index: number) => string} how.key
 * @param {(item: Item) => string} how.print - what was drawn is kept while this stays the same
 * @param {(item: Item) => HTMLElement} how.draw
 * @param {(node: HTMLElement, item: Item) => void} [how.update] - mends a node instead of drawing anew
 */
export function keyed(parent, items, how) {
  const keys = items.map(how.key);
  const kept = keptChildren(parent, new Set(keys));
  const nodes = items.map((item, index) => {
    const key = keys[index] ?? "";
    return settle(kept.get(key), item, key, how);
  });
  let place = parent.firstElementChild;
  for (const node of nodes) {
    if (node !== place) parent.insertBefore(node, place);
    place = node.nextElementSibling;
  }
}

/**
 * Drop the children that are gone, and return the others: so nothing that stays has to move.
 *
 * @param {Element} parent
 * @param {Set<string>} wanted
 */
function keptChildren(parent, wanted) {
  const kept = /** @type {Map<string, HTMLElement>} */ (new Map());
  for (const child of [...parent.children]) {
    const key = drawn.get(child)?.key;
    if (key !== undefined && wanted.has(key)) kept.set(key, /** @type {HTMLElement} */ (child));
    else drop(child);
  }
  return kept;
}

/** @param {Element} child */
function drop(child) {
  const held = child.contains(document.activeElement);
  const shelter = child.parentElement?.closest("[tabindex], dialog");
  child.remove();
  if (held && shelter instanceof HTMLElement) shelter.focus({ preventScroll: true });
}

/**
 * @template Item
 * @param {HTMLElement|undefined} node
 * @param {Item} item
 * @param {string} key
 * @param {{print: (item: Item) => string, draw: (item: Item) => HTMLElement, update?: (node: HTMLElement, item: Item) => void}} how
 */
function settle(node, item, key, how) {
  const print = how.print(item);
  if (node && drawn.get(node)?.print === print) return node;
  const settled = node && how.update ? node : how.draw(item);
  if (node && how.update) how.update(node, item);
  else if (node) swap(node, settled);
  drawn.set(settled, { key, print });
  return settled;
}

/**
 * Put a fresh node in the place of an old one, and the focus where it was.
 *
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function swap(old, fresh) {
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (held instanceof HTMLElement) heir(held, fresh)?.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} held
 * @param {HTMLElement} fresh
 * @returns {HTMLElement|null}
 */
function heir(held, fresh) {
  const { actionId, value } = held.dataset;
  const controls = /** @type {HTMLElement[]} */ ([...fresh.querySelectorAll("[data-action-id]")]);
  const there = controls.filter((it) => it.checkVisibility());
  const same = there.find((it) => it.dataset.actionId === actionId && it.dataset.value === value);
  return same ?? there[0] ?? fresh.closest("[tabindex]");
}

let serial = 0;

/**
 * Return an id that no other element has.
 *
 * @param {string} word
 */
export const freshId = (word) => `${word}-${++serial}`;
