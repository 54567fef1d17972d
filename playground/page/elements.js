/** Draws what can be pressed or chosen: docs.slack.dev/reference/block-kit/block-elements. */

import { confirmed } from "./confirm.js";
import { h } from "./dom.js";
import { drawField, isField, onChoice } from "./fields.js";
import { link } from "./mentions.js";
import { menu } from "./menu.js";
import { words } from "./texts.js";

/** @import { Choice, Json, Surface } from "./contract.js" */
/** @import { Naming } from "./fields.js" */

/**
 * @param {Json} block
 * @param {Json} element
 * @param {Surface} surface
 * @param {Naming} [naming]
 * @returns {HTMLElement}
 */
export function drawElement(block, element, surface, naming) {
  if (element.type === "button") return button(block, element, surface);
  if (element.type === "overflow") return overflow(block, element, surface);
  if (element.type === "image") return picture(element);
  if (isField(element.type)) return liveField(block, element, surface, naming);
  return h("span", { class: "not-drawn" }, `‹${element.type}› is not drawn here`);
}

/**
 * @param {Json} block
 * @param {Json} element
 * @param {Surface} surface
 */
function button(block, element, surface) {
  const props = {
    class: `button ${element.style ?? ""}`,
    "data-action-id": element.action_id,
    "data-value": element.value,
    "aria-label": element.accessibility_label,
    onclick: () => act(block, element, surface, { value: element.value }, drawn),
  };
  /** @type {HTMLElement} */
  const drawn = element.url
    ? link(element.url, words(element.text))
    : h("button", { type: "button", ...props }, words(element.text));
  if (element.url) dress(drawn, props);
  return drawn;
}

/**
 * Make a link look and act like the button that it is.
 *
 * @param {HTMLElement} node
 * @param {{onclick: () => unknown} & Record<string, unknown>} props
 */
function dress(node, { onclick, ...attributes }) {
  node.addEventListener("click", onclick);
  for (const [name, value] of Object.entries(attributes)) {
    if (value) node.setAttribute(name, String(value));
  }
}

/**
 * @param {Json} block
 * @param {Json} element
 * @param {Surface} surface
 */
function overflow(block, element, surface) {
  const items = element.options.map((/** @type {Json} */ option) => ({
    label: words(option.text),
    description: words(option.description),
    actionId: element.action_id,
    value: option.value,
    run: (/** @type {HTMLElement} */ opener) => {
      if (option.url) window.open(option.url, "_blank", "noopener");
      return act(block, element, surface, { value: option.value }, opener);
    },
  }));
  return menu("More actions", "⋯", items, {
    class: "button overflow",
    "data-overflow": element.action_id,
  });
}

/**
 * @param {Json} block
 * @param {Json} element
 * @param {Surface} surface
 * @param {Naming} [naming]
 */
function liveField(block, element, surface, naming) {
  const name = naming ?? { "aria-label": words(element.placeholder) || "Choose" };
  const field = drawField(element, surface.scene, name, surface.state?.(block, element));
  onChoice(field, element, (choice, control) => act(block, element, surface, choice, control));
  return field.node;
}

/**
 * @param {Json} block
 * @param {Json} element
 * @param {Surface} surface
 * @param {Choice} choice
 * @param {HTMLElement} control
 */
export async function act(block, element, surface, choice, control) {
  if (control.ariaBusy === "true") return;
  if (element.confirm && !(await confirmed(element.confirm, surface.scene))) return;
  control.ariaBusy = "true";
  await surface.click(block, element, choice);
  control.ariaBusy = null;
}

/**
 * A picture: the page loads nothing from any network, so it shows where one would be.
 *
 * @param {Json} element
 */
export function picture(element) {
  const url = String(element.image_url ?? "");
  if (url.startsWith("data:image/"))
    return h("img", { class: "picture", src: url, alt: element.alt_text });
  return h(
    "span",
    { class: "picture placeholder", role: "img", "aria-label": element.alt_text, title: url },
    "🖼",
  );
}
