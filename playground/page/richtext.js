/** Draws rich text: docs.slack.dev/reference/block-kit/blocks/rich-text-block. */

import { timeNode } from "./dates.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, channel, group, link, person } from "./mentions.js";

/** @import { Json, Scene } from "./contract.js" */

/**
 * @param {Json} block
 * @param {Scene} scene
 */
export function richText(block, scene) {
  const parts = block.elements.map((/** @type {Json} */ part) => drawPart(part, scene));
  return h("div", { class: "block-rich" }, ...parts);
}

/**
 * @param {Json} part
 * @param {Scene} scene
 * @returns {HTMLElement}
 */
function drawPart(part, scene) {
  if (part.type === "rich_text_list") return list(part, scene);
  const run = part.elements.map((/** @type {Json} */ element) => inline(element, scene));
  if (part.type === "rich_text_preformatted") return h("pre", {}, ...run);
  if (part.type === "rich_text_quote") return h("blockquote", {}, ...run);
  return h("p", { class: "lines" }, ...run);
}

/**
 * @param {Json} part
 * @param {Scene} scene
 */
function list(part, scene) {
  const items = part.elements.map((/** @type {Json} */ item) => h("li", {}, drawPart(item, scene)));
  const props = { class: `indent-${Math.min(part.indent ?? 0, 8)}`, start: (part.offset ?? 0) + 1 };
  return part.style === "ordered"
    ? h("ol", props, ...items)
    : h("ul", { class: props.class }, ...items);
}

/** @type {Record<string, (element: Json, scene: Scene) => Node|string>} */
const INLINE = {
  text: (element) => element.text,
  link: (element) => link(element.url, element.text || element.url),
  emoji: (element) => (element.unicode ? fromUnicode(element.unicode) : emoji(element.name)),
  user: (element, scene) => person(element.user_id, scene),
  channel: (element, scene) => channel(element.channel_id, scene),
  usergroup: (element) => group(element.usergroup_id),
  broadcast: (element) => broadcast(element.range),
  date: moment,
  color: (element) => h("span", { class: "color" }, swatch(element.value), element.value),
};

const MARKS = /** @type {const} */ ([
  ["code", "code"],
  ["strike", "s"],
  ["underline", "u"],
  ["italic", "em"],
  ["bold", "strong"],
]);

/**
 * @param {Json} element
 * @param {Scene} scene
 * @returns {Node|string}
 */
function inline(element, scene) {
  const drawn = INLINE[element.type]?.(element, scene) ?? `[${element.type}]`;
  const wanted = MARKS.filter(([name]) => element.style?.[name]);
  return wanted.reduce((/** @type {Node|string} */ inner, [, tag]) => h(tag, {}, inner), drawn);
}

/**
 * @param {Json} element
 * @param {Scene} scene
 */
function moment(element, scene) {
  const time = timeNode(element.timestamp, element.format, scene.me.tz);
  return element.url ? link(element.url, time) : time;
}

/** @param {string} unicode - such as `1f44d-1f3fd` */
const fromUnicode = (unicode) =>
  unicode.split("-").reduce((drawn, it) => drawn + String.fromCodePoint(parseInt(it, 16)), "");

/** @param {string} value */
function swatch(value) {
  const node = h("span", { class: "swatch" });
  node.style.backgroundColor = value;
  return node;
}
