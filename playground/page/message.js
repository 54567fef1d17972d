/** Draws one message: who, when, its blocks, and what can be done with it. */

import { showBlocks } from "./blocks.js";
import { timeNode } from "./dates.js";
import { fill, h, one } from "./dom.js";
import { menu } from "./menu.js";

/** @import { Json, Message, Scene, Send, Shortcut, Surface } from "./contract.js" */

/**
 * The place where messages stand.
 *
 * @typedef {object} Room
 * @property {string} channel
 * @property {Scene} scene
 * @property {Send} send
 * @property {Shortcut[]} shortcuts - those for messages
 */

const TINTS = 8;

/**
 * @param {Message} message
 * @param {Room} room
 */
export function drawMessage(message, room) {
  const { ts, ephemeral, author } = message;
  const props = { "data-ts": ts, "data-ephemeral": ephemeral || null, "data-user": message.user };
  const node = h(
    "article",
    { class: classes(message), tabindex: -1, "aria-label": `Message from ${author}`, ...props },
    h(
      "span",
      { class: `avatar tint-${tint(message.user)}`, "aria-hidden": true },
      initials(author),
    ),
    h(
      "div",
      { class: "message-body" },
      h(
        "div",
        { class: "message-top" },
        h("p", { class: "message-head" }),
        ephemeral && privately(message, room),
      ),
      h("div", { class: "blocks" }),
    ),
    tools(message, room),
  );
  mendMessage(node, message, room);
  return node;
}

/**
 * Make a drawn message show what it says now.
 *
 * @param {HTMLElement} node
 * @param {Message} message
 * @param {Room} room
 */
export function mendMessage(node, message, room) {
  fill(one(".message-head", node), ...head(message, room.scene));
  showBlocks(one(".blocks", node), blocksOf(message), surfaceOf(message, room));
}

/** @param {Message} message */
function classes({ ephemeral, thread_ts: thread, ts }) {
  return ["message", ephemeral && "private", thread && thread !== ts && "reply"]
    .filter(Boolean)
    .join(" ");
}

/**
 * @param {Message} message
 * @param {Scene} scene
 */
function head(message, scene) {
  const isReply = message.thread_ts && message.thread_ts !== message.ts;
  return [
    h("strong", { class: "author" }, message.author),
    message.is_bot && h("span", { class: "badge" }, "APP"),
    timeNode(Number(message.ts), "{time}", scene.me.tz),
    message.edited && h("span", { class: "edited" }, "(edited)"),
    isReply && h("span", { class: "edited" }, "in a thread"),
  ];
}

/**
 * @param {Message} message
 * @returns {Json[]}
 */
function blocksOf({ blocks, text }) {
  if (blocks.length) return blocks;
  return [{ type: "section", block_id: "text", text: { type: "mrkdwn", text } }];
}

/**
 * @param {Message} message
 * @param {Room} room
 * @returns {Surface}
 */
function surfaceOf({ ts }, { channel, scene, send }) {
  const click = (
    /** @type {Json} */ block,
    /** @type {Json} */ element,
    /** @type {object} */ choice,
  ) => {
    const which = { block_id: block.block_id, action_id: element.action_id };
    return send({ act: "click", channel, ts, ...which, ...choice });
  };
  return { scene, click };
}

/**
 * @param {Message} message
 * @param {Room} room
 */
function privately({ ts }, { channel, send }) {
  const onclick = () => send({ act: "dismiss", channel, ts });
  return h(
    "p",
    { class: "private-note" },
    h("span", {}, "Only visible to you"),
    h("button", { type: "button", class: "quiet", "data-dismiss": ts, onclick }, "Dismiss"),
  );
}

/**
 * @param {Message} message
 * @param {Room} room
 */
function tools({ ts, ephemeral, is_bot: isBot, author }, { channel, send, shortcuts }) {
  if (ephemeral) return null;
  const items = shortcuts.map((it) => ({
    label: it.name,
    description: it.description,
    value: it.callback_id,
    run: () => send({ act: "message_shortcut", callback_id: it.callback_id, channel, ts }),
  }));
  const remove = {
    label: "Delete message",
    value: "delete",
    run: () => send({ act: "delete", channel, ts }),
  };
  const all = isBot ? [...items, remove] : items;
  if (!all.length) return null;
  return menu(`More about the message from ${author}`, "⋮", all, { class: "quiet tools" });
}

/** @param {string} name */
function initials(name) {
  const first = name
    .split(/\s+/)
    .filter(Boolean)
    .map((it) => [...it][0]);
  return first.slice(0, 2).join("").toUpperCase();
}

/** @param {string} id */
function tint(id) {
  return [...id].reduce((sum, it) => (sum * 31 + (it.codePointAt(0) ?? 0)) % 9973, 7) % TINTS;
}
