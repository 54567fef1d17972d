/** Holds what is known and where one is, and draws the page from both. */

import { showBlocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { keepTimesFresh } from "./dates.js";
import { fill, h, keyed, one } from "./dom.js";
import { menu } from "./menu.js";
import { ModalStack } from "./modal.js";
import { channelTitle, showSidebar } from "./sidebar.js";
import { Connection } from "./socket.js";
import { startTheme } from "./theme.js";
import { showTimeline, startTimeline, toEnd } from "./timeline.js";
import { toast } from "./toast.js";
import { showWire, startWire } from "./wire.js";

/** @import { Channel, Home, Json, Person, Scene, Send, Snapshot } from "./contract.js" */

let snapshot = /** @type {Snapshot|null} */ (null);
let place = location.hash.slice(1);
let link = new Connection(askedPerson(), { state: receive, link: showLink });
let seen = /** @type {Map<string, number>} */ (new Map());

/** @type {Send} */
const send = (act) => link.send(act);

/** Send, and say what went wrong where there is no better place for it. @type {Send} */
async function tell(act) {
  const done = await send(act);
  if (!done.ok && !done.left) toast(done.error ?? "That did not work.");
  return done;
}

const modals = new ModalStack(send);
const composer = new Composer({ send: tell, snapshot: () => snapshot, sent: toEnd });

function askedPerson() {
  return new URLSearchParams(location.search).get("person") ?? "";
}

/** @param {Snapshot} next */
function receive(next) {
  const isFirst = snapshot?.me !== next.me;
  snapshot = next;
  if (isFirst) arrive(next);
  draw(next);
}

/**
 * Everything that was there before one came has been read. Who is asked for and not known is
 * somebody else, and the address then says who.
 *
 * @param {Snapshot} next
 */
function arrive(next) {
  seen = new Map(next.channels.map((it) => [it.id, newest(next, it.id)]));
  const asked = askedPerson();
  if (asked && asked !== next.me)
    history.replaceState(null, "", `?person=${next.me}${location.hash}`);
  if (place === "home") void tell({ act: "open_home" });
}

/**
 * @param {Snapshot} of
 * @param {string} channel
 */
const newest = (of, channel) => Number(of.messages[channel]?.at(-1)?.ts ?? 0);

/** @param {string} channel */
function unread(channel) {
  if (!snapshot) return 0;
  const { me, messages } = snapshot;
  const since = seen.get(channel) ?? 0;
  return (messages[channel] ?? []).filter((it) => it.user !== me && Number(it.ts) > since).length;
}

/**
 * @param {Snapshot} next
 * @returns {Scene}
 */
function sceneOf({ me, people, channels }) {
  const byId = new Map(people.map((it) => [it.id, it]));
  const known = byId.get(me);
  if (!known) throw new Error(`the server knows no ${me}`);
  return {
    me: known,
    people: byId,
    channels: new Map(channels.map((it) => [it.id, it])),
    stamp: JSON.stringify([me, people, channels]),
  };
}

/** @param {Snapshot} next */
function draw(next) {
  const scene = sceneOf(next);
  if (place !== "home" && !scene.channels.has(place)) settle(next.channels[0]?.id ?? "home");
  const channel = scene.channels.get(place);
  if (channel) seen.set(channel.id, newest(next, channel.id));
  one("#workspace").textContent = next.workspace.name;
  showActors(next, scene);
  showSidebar(next, scene, place, unread, go);
  showPlace(next, scene, channel);
  showWire(next, scene);
  modals.show(next.modals, scene);
}

/**
 * @param {Snapshot} next
 * @param {Scene} scene
 */
function showActors({ actors, me }, scene) {
  const who = /** @type {HTMLSelectElement} */ (one("#who"));
  const people = actors.flatMap((it) => scene.people.get(it) ?? []);
  keyed(who, people, {
    key: (it) => it.id,
    print: (it) => JSON.stringify(it),
    draw: (it) => h("option", { value: it.id }, actorWords(it)),
  });
  who.value = me;
}

/** @param {Person} person */
const actorWords = (person) =>
  `${person.real_name} · ${person.role_words} · ${person.tz.replace("_", " ")}`;

/**
 * @param {Snapshot} next
 * @param {Scene} scene
 * @param {Channel|undefined} channel
 */
function showPlace(next, scene, channel) {
  showTitle(titleOf(next, scene, channel), next.workspace.name);
  showSections(channel);
  if (channel) showChannel(next, scene, channel);
  else showHome(next.home, scene);
}

/** @param {Channel|undefined} channel */
function showSections(channel) {
  one("#channel").hidden = !channel;
  one("#home").hidden = Boolean(channel);
}

/**
 * @param {Snapshot} next
 * @param {Scene} scene
 * @param {Channel|undefined} channel
 */
function titleOf(next, scene, channel) {
  if (!channel) return `${next.workspace.app.name} · Home`;
  return (channel.kind === "im" ? "" : "#") + channelTitle(channel, scene);
}

/**
 * @param {string} title
 * @param {string} workspace
 */
function showTitle(title, workspace) {
  one("#title").textContent = title;
  document.title = `${title} · ${workspace} playground`;
}

/**
 * @param {Snapshot} next
 * @param {Scene} scene
 * @param {Channel} channel
 */
function showChannel(next, scene, channel) {
  const shortcuts = next.shortcuts.filter((it) => it.type === "message");
  const room = { channel: channel.id, scene, send: tell, shortcuts };
  showAbout(next, channel);
  showTimeline(next.messages[channel.id] ?? [], room, `${next.me} ${channel.id}`);
  one("#composer-label").textContent = `Message ${one("#title").textContent}`;
  one("#compose").hidden = channel.read_only;
  one("#read-only").hidden = !channel.read_only;
  one("#try").hidden = channel.read_only;
  composer.move(`${next.me} ${channel.id}`, channel.id);
  showGlobalShortcuts(next);
}

const KINDS = {
  public: "Public channel",
  private: "Private channel",
  im: "Direct message",
  mpim: "Group message",
};

/**
 * @param {Snapshot} next
 * @param {Channel} channel
 */
function showAbout({ workspace }, channel) {
  const invite = () => tell({ act: "invite", channel: channel.id });
  const isRoom = channel.kind === "public" || channel.kind === "private";
  const isIn = Boolean(channel.bot_in);
  const shared = channel.shared ? ", shared with another organisation" : "";
  keyed(one("#about"), [{ id: channel.id, words: KINDS[channel.kind] + shared, isIn }], {
    key: (it) => it.id,
    print: (it) => JSON.stringify(it),
    draw: (it) =>
      h(
        "div",
        { class: "about" },
        h("span", {}, it.words),
        isRoom && it.isIn && h("span", {}, `${workspace.app.name} is here`),
        isRoom &&
          !it.isIn &&
          h(
            "button",
            { type: "button", class: "quiet", "data-invite": it.id, onclick: invite },
            `Invite ${workspace.app.name}`,
          ),
      ),
  });
}

/** @param {Snapshot} next */
function showGlobalShortcuts({ shortcuts }) {
  const global = shortcuts.filter((it) => it.type === "global");
  const items = global.map((it) => ({
    label: it.name,
    description: it.description,
    value: it.callback_id,
    run: () => tell({ act: "shortcut", callback_id: it.callback_id }),
  }));
  keyed(one("#shortcuts"), items.length ? [items] : [], {
    key: () => "shortcuts",
    print: () => JSON.stringify(global),
    draw: () => menu("Shortcuts", "+", items, { class: "quiet" }),
  });
}

/**
 * @param {Home|null} home
 * @param {Scene} scene
 */
function showHome(home, scene) {
  one("#no-home").hidden = home !== null;
  const click = (
    /** @type {Json} */ block,
    /** @type {Json} */ element,
    /** @type {object} */ choice,
  ) => {
    const which = { block_id: block.block_id, action_id: element.action_id };
    return tell({ act: "view_click", view_id: home?.id, ...which, ...choice });
  };
  showBlocks(one("#home-blocks"), home?.blocks ?? [], { scene, click });
}

/** The address says where one is, for reloading and for other windows. @param {string} next */
function settle(next) {
  place = next;
  history.replaceState(null, "", `#${next}`);
}

/** @param {string} next */
function go(next) {
  settle(next);
  document.body.classList.remove("with-sidebar");
  one("#menu").setAttribute("aria-expanded", "false");
  if (next === "home") void tell({ act: "open_home" });
  if (snapshot) draw(snapshot);
  if (next !== "home") one("#composer").focus();
}

/** @param {string} person */
function become(person) {
  link.close();
  snapshot = null;
  modals.clear();
  link = new Connection(person, { state: receive, link: showLink });
}

/** @param {boolean} isUp */
function showLink(isUp) {
  const words = isUp ? "" : "Reconnecting…";
  const banner = one("#reconnecting");
  if (banner.textContent !== words) fill(banner, words);
}

function startWho() {
  one("#who").addEventListener("change", (event) => {
    const { value } = /** @type {HTMLSelectElement} */ (event.target);
    history.pushState(null, "", `?person=${value}${location.hash}`);
    become(value);
  });
  addEventListener("popstate", () => {
    place = location.hash.slice(1);
    become(askedPerson());
  });
}

function startSidebar() {
  const button = one("#menu");
  const open = (/** @type {boolean} */ isOpen) => {
    document.body.classList.toggle("with-sidebar", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
  one("#sidebar").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.body.classList.contains("with-sidebar")) return;
    open(false);
    button.focus();
  });
}

/** The address names the place one is at, so the link must not change it. */
function startSkip() {
  one(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    (one("#composer").checkVisibility() ? one("#composer") : one("#main")).focus();
  });
}

startTheme();
startSkip();
startWho();
startSidebar();
startTimeline();
startWire(tell);
keepTimesFresh();
