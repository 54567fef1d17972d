/** Draws blocks: docs.slack.dev/reference/block-kit/blocks. */

import { freshId, h, keyed } from "./dom.js";
import { act, drawElement, picture } from "./elements.js";
import { drawField, isGroup, onChoice } from "./fields.js";
import { richText } from "./richtext.js";
import { textNode, words } from "./texts.js";

/** @import { Json, Surface } from "./contract.js" */
/** @typedef {(block: Json, surface: Surface) => HTMLElement} Draw */

/**
 * Make `parent` show these blocks, and leave alone those that it shows already.
 *
 * @param {HTMLElement} parent
 * @param {Json[]} blocks
 * @param {Surface} surface
 */
export function showBlocks(parent, blocks, surface) {
  keyed(parent, blocks, {
    key: (block, index) => block.block_id ?? `${block.type} ${index}`,
    print: (block) => JSON.stringify(block) + surface.scene.stamp,
    draw: (block) => drawBlock(block, surface),
  });
}

/** @type {Draw} */
function drawBlock(block, surface) {
  const drawn = (DRAW[block.type] ?? unknown)(block, surface);
  drawn.classList.add("block");
  drawn.dataset.blockId = block.block_id ?? "";
  return drawn;
}

/** @type {Record<string, Draw>} */
const DRAW = {
  header: (block) => h("h3", { class: "block-header" }, words(block.text)),
  section,
  context,
  actions,
  input,
  image,
  divider: () => h("hr"),
  rich_text: (block, surface) => richText(block, surface.scene),
};

/** @type {Draw} */
function unknown(block) {
  return h("p", { class: "not-drawn" }, `‹${block.type}› is not drawn here`);
}

/** @type {Draw} */
function section(block, surface) {
  const id = freshId("text");
  const main = h("div", { class: "block-main", id });
  if (block.text)
    main.append(h("div", { class: "block-text" }, textNode(block.text, surface.scene)));
  if (block.fields) main.append(fieldsOf(block, surface));
  const naming = { "aria-labelledby": id };
  const accessory = block.accessory && drawElement(block, block.accessory, surface, naming);
  return h(
    "div",
    { class: "block-section" },
    main,
    accessory && h("div", { class: "accessory" }, accessory),
  );
}

/** @type {Draw} */
function fieldsOf(block, surface) {
  const fields = block.fields.map((/** @type {Json} */ it) =>
    h("div", {}, textNode(it, surface.scene)),
  );
  return h("div", { class: "block-fields" }, ...fields);
}

/** @type {Draw} */
function context(block, surface) {
  const parts = block.elements.map((/** @type {Json} */ it) =>
    it.type === "image" ? picture(it) : h("span", {}, textNode(it, surface.scene)),
  );
  return h("div", { class: "block-context" }, ...parts);
}

/** @type {Draw} */
function actions(block, surface) {
  const elements = block.elements.map((/** @type {Json} */ it) => drawElement(block, it, surface));
  return h("div", { class: "block-actions" }, ...elements);
}

/** @type {Draw} */
function image(block, surface) {
  const title = block.title && h("figcaption", {}, textNode(block.title, surface.scene));
  return h("figure", { class: "block-image" }, title, picture(block));
}

/** @type {Draw} */
function input(block, surface) {
  const { element } = block;
  const [id, name, hint, error] = ["field", "label", "hint", "error"].map(freshId);
  const described = [block.hint && hint, error].filter(Boolean).join(" ");
  const group = isGroup(element.type);
  const naming = { id, "aria-describedby": described, "aria-labelledby": group ? name : undefined };
  const field = drawField(element, surface.scene, naming, surface.state?.(block, element));
  if (block.dispatch_action) {
    onChoice(field, element, (choice, control) => act(block, element, surface, choice, control));
  }
  return h(
    "div",
    { class: "block-input", "data-optional": block.optional },
    h(
      group ? "p" : "label",
      { class: "label", id: name, ...(group ? {} : { for: id }) },
      ...label(block),
    ),
    field.node,
    block.hint && h("p", { class: "hint", id: hint }, words(block.hint)),
    h("p", { class: "error", id: error, "data-error": true, hidden: true }),
  );
}

/** @param {Json} block */
function label(block) {
  return [words(block.label), block.optional ? h("small", {}, " (optional)") : ""];
}
