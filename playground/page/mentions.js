/** What comes alive in texts of both kinds: people, channels, broadcasts and links. */

import { h } from "./dom.js";

/** @import { Scene } from "./contract.js" */

/**
 * @param {string} userId
 * @param {Scene} scene
 * @param {string} [fallback]
 */
export function person(userId, scene, fallback = "") {
  const name = scene.people.get(userId)?.name ?? (fallback || userId);
  const mine = userId === scene.me.id ? " mention-me" : "";
  return h("span", { class: `mention${mine}`, "data-user": userId }, `@${name}`);
}

/**
 * @param {string} channelId
 * @param {Scene} scene
 */
export function channel(channelId, scene) {
  const known = scene.channels.get(channelId);
  const label = known ? `#${known.name}` : "🔒 private channel";
  return h("span", { class: "mention mention-channel" }, label);
}

/** @param {string} range */
export const broadcast = (range) => h("span", { class: "mention mention-me" }, `@${range}`);

/** @param {string} label */
export const group = (label) => h("span", { class: "mention" }, `@${label.replace(/^@/, "")}`);

/**
 * A link that opens beside the page; an address that is neither web nor mail stays text.
 *
 * @param {string} url
 * @param {...(Node|string)} label
 */
export function link(url, ...label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", {}, ...label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...label);
}
