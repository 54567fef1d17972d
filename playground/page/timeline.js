/** The messages of a place: oldest first, days between them, the newest in sight. */

import { timeNode, written } from "./dates.js";
import { fill, h, keyed, one } from "./dom.js";
import { drawMessage, mendMessage } from "./message.js";

/** @import { Message } from "./contract.js" */
/** @import { Room } from "./message.js" */
/** @typedef {{key: string, seconds: number, message?: Message}} Item */

const NEAR = 48;

/** What was shown last, so that what is new can be told. */
const shown = { place: "", edits: /** @type {Map<string, number>} */ (new Map()) };

/**
 * @param {Message[]} messages
 * @param {Room} room
 * @param {string} place - changes with the channel and with who is looking
 */
export function showTimeline(messages, room, place) {
  const isNewPlace = shown.place !== place;
  const follows = isNewPlace || isAtEnd(one("#messages"));
  const fresh = isNewPlace ? [] : messages.filter((it) => !shown.edits.has(it.ts));
  const changed = isNewPlace ? [] : messages.filter(isChangedAnswer);
  if (isNewPlace) fill(one("#timeline"));
  show(messages, room);
  shown.place = place;
  shown.edits = new Map(messages.map((it) => [it.ts, it.edits]));
  announce([...fresh.filter((it) => it.ephemeral || it.user !== room.scene.me.id), ...changed]);
  if (follows) toEnd();
  else if (fresh.length) one("#newer").hidden = false;
}

/**
 * A private answer that changed says what came of a click.
 *
 * @param {Message} message
 */
const isChangedAnswer = ({ ts, edits, ephemeral }) =>
  ephemeral && edits > (shown.edits.get(ts) ?? edits);

/**
 * @param {Message[]} messages
 * @param {Room} room
 */
function show(messages, room) {
  const { stamp, me } = room.scene;
  keyed(one("#timeline"), withDays(messages, me.tz), {
    key: (it) => it.key,
    print: (it) => (it.message ? JSON.stringify(it.message) + stamp : it.key),
    draw: (it) => (it.message ? drawMessage(it.message, room) : day(it, me.tz)),
    update: (node, it) => it.message && mendMessage(node, it.message, room),
  });
  one("#no-messages").hidden = messages.length > 0;
}

/** @param {Message[]} news */
function announce(news) {
  const lines = news.map((it) => `${it.author}${it.ephemeral ? ", only to you" : ""}: ${it.text}`);
  if (lines.length) one("#live").textContent = lines.join("\n");
}

/**
 * @param {Message[]} messages
 * @param {string} zone
 * @returns {Item[]}
 */
function withDays(messages, zone) {
  let last = "";
  return messages.flatMap((message) => {
    const seconds = Number(message.ts);
    const date = written(seconds, "{date_num}", zone);
    const item = { key: message.ts, seconds, message };
    if (date === last) return [item];
    last = date;
    return [{ key: `day ${date}`, seconds }, item];
  });
}

/**
 * @param {Item} item
 * @param {string} zone
 */
const day = ({ seconds }, zone) =>
  h("p", { class: "day" }, timeNode(seconds, "{day_divider_pretty}", zone));

/** @param {HTMLElement} box */
const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

/** Show the newest message. */
export function toEnd() {
  const box = one("#messages");
  box.scrollTop = box.scrollHeight;
  one("#newer").hidden = true;
}

export function startTimeline() {
  const box = one("#messages");
  const size = () => `${box.clientWidth} ${box.clientHeight}`;
  let follows = true;
  let before = size();
  one("#newer").addEventListener("click", toEnd);
  box.addEventListener("scroll", () => {
    // The browser scrolls by itself when lines wrap anew, before the observer below hears of it.
    if (size() === before) follows = isAtEnd(box);
    if (follows) one("#newer").hidden = true;
  });
  // The composer grows, the window shrinks: what was in sight stays so.
  new ResizeObserver(() => {
    before = size();
    if (follows) toEnd();
  }).observe(box);
}
