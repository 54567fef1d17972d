/** The places one can go to: channels, direct messages, and the app. */

import { h, keyed, one } from "./dom.js";

/** @import { Channel, Scene, Snapshot } from "./contract.js" */
/** @typedef {{id: string, sign: string, label: string, note: string, unread: number, isHere: boolean}} Entry */

const SIGNS = { public: "#", private: "🔒", im: "@", mpim: "@" };

/**
 * @param {Snapshot} snapshot
 * @param {Scene} scene
 * @param {string} here
 * @param {(channelId: string) => number} unread
 * @param {(place: string) => void} go
 */
export function showSidebar(snapshot, scene, here, unread, go) {
  const app = snapshot.workspace.app;
  const of = (/** @type {(it: Channel) => boolean} */ choose) =>
    snapshot.channels.filter(choose).map((it) => entry(it, scene, here, unread(it.id)));
  const home = {
    id: "home",
    sign: "⌂",
    label: "Home",
    note: "",
    unread: 0,
    isHere: here === "home",
  };
  const talk = of((it) => it.with === app.user_id).map((it) => ({ ...it, label: "Messages" }));
  show(
    "#channels",
    of((it) => it.kind === "public" || it.kind === "private"),
    go,
  );
  show(
    "#directs",
    of((it) => ["im", "mpim"].includes(it.kind) && it.with !== app.user_id),
    go,
  );
  show("#app", [home, ...talk], go);
  one("#app-name").textContent = app.name;
  one("#directs-section").hidden = !one("#directs").childElementCount;
}

/**
 * @param {Channel} channel
 * @param {Scene} scene
 * @returns {string}
 */
export function channelTitle(channel, scene) {
  if (channel.kind === "im") return scene.people.get(channel.with ?? "")?.real_name ?? channel.name;
  return channel.name;
}

/**
 * @param {Channel} channel
 * @param {Scene} scene
 * @param {string} here
 * @param {number} unread
 * @returns {Entry}
 */
function entry(channel, scene, here, unread) {
  const isPrivate = channel.kind === "private";
  return {
    id: channel.id,
    sign: SIGNS[channel.kind],
    label: channelTitle(channel, scene),
    note: isPrivate ? "private" : channel.shared ? "shared" : "",
    unread,
    isHere: here === channel.id,
  };
}

/**
 * @param {string} selector
 * @param {Entry[]} entries
 * @param {(place: string) => void} go
 */
function show(selector, entries, go) {
  keyed(one(selector), entries, {
    key: (it) => it.id,
    print: (it) => JSON.stringify(it),
    draw: (it) => mend(draw(it, go), it),
    update: mend,
  });
}

/**
 * @param {HTMLElement} button
 * @param {boolean} isHere
 */
function markHere(button, isHere) {
  if (isHere) button.setAttribute("aria-current", "page");
  else button.removeAttribute("aria-current");
}

/**
 * @param {Entry} it
 * @param {(place: string) => void} go
 */
function draw(it, go) {
  const parts = ["sign", "label", "note", "unread"].map((name) => h("span", { class: name }));
  parts[0]?.setAttribute("aria-hidden", "true");
  const props = { type: "button", class: "place", "data-channel": it.id, onclick: () => go(it.id) };
  return h("li", {}, h("button", props, ...parts));
}

/**
 * @param {HTMLElement} node
 * @param {Entry} it
 */
function mend(node, it) {
  const button = one("button", node);
  button.classList.toggle("has-unread", it.unread > 0);
  markHere(button, it.isHere);
  const texts = {
    sign: it.sign,
    label: it.label,
    note: it.note,
    unread: it.unread ? `${it.unread} new` : "",
  };
  for (const [name, text] of Object.entries(texts)) one(`.${name}`, button).textContent = text;
  return node;
}
