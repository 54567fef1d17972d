/** Draws Slack's text objects, plain or mrkdwn. */

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** @import { Json, Scene } from "./contract.js" */

/**
 * Return the words of a text object, or of a plain string in its place.
 *
 * @param {Json|string|null|undefined} text
 * @returns {string}
 */
export function words(text) {
  if (!text) return "";
  if (typeof text === "string") return text;
  return text.emoji === false ? text.text : withEmoji(text.text);
}

/**
 * @param {Json} text
 * @param {Scene} scene
 * @returns {Node}
 */
export function textNode(text, scene) {
  if (text.type === "mrkdwn") return mrkdwn(text.text, scene, { verbatim: text.verbatim });
  return h("span", { class: "lines" }, words(text));
}
