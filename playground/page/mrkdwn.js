/** Draws Slack's mrkdwn: docs.slack.dev/messaging/formatting-message-text. */

import { timeNode } from "./dates.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, channel, group, link, person } from "./mentions.js";

/** @import { Scene } from "./contract.js" */
/** @typedef {Node|string} Part */
/** @typedef {{scene: Scene, loose: boolean}} Reading - loose: addresses and names come alive too */

const PREFORMATTED = /```\n?([\s\S]+?)\n?```/;
const QUOTED = /^(?:&gt;|>) ?/;
const REST_QUOTED = /^(?:&gt;|>){3} ?/;

/**
 * A mark counts at the borders of words only; what stands in <…> or `…` belongs to the inside.
 *
 * @param {string} name
 * @param {string} sign
 */
function mark(name, sign) {
  const inside = `<[^<>\\n]*>|<(?![^<>\\n]*>)|\`[^\`\\n]+\`|\`(?![^\`\\n]+\`)|[^${sign}\\n<\`]`;
  const border = `[\\p{L}\\p{N}${sign}]`;
  return `(?<!${border})[${sign}](?<${name}>(?=\\S)(?:${inside})+?(?<=\\S))[${sign}](?!${border})`;
}

const INLINE = new RegExp(
  [
    "<(?<angle>[^<>]+)>",
    "`(?<code>[^`\\n]+)`",
    mark("bold", "*"),
    mark("italic", "_"),
    mark("strike", "~"),
    ":(?<emoji>[a-z0-9_+'\\-]+):",
    "(?<url>(?<![\\p{L}\\p{N}])https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?\"')\\]}])",
    "(?<![\\p{L}\\p{N}@])@(?<range>channel|here|everyone)(?![\\p{L}\\p{N}])",
    "(?<![\\p{L}\\p{N}#&])#(?<place>[a-z][\\w\\-]*)",
  ].join("|"),
  "giu",
);

/**
 * @param {string} text
 * @param {Scene} scene
 * @param {{verbatim?: boolean}} [how]
 */
export function mrkdwn(text, scene, { verbatim = false } = {}) {
  const reading = { scene, loose: !verbatim };
  const drawn = document.createDocumentFragment();
  text.split(PREFORMATTED).forEach((piece, index) => {
    if (index % 2) drawn.append(h("pre", {}, ...angles(piece, reading)));
    else drawn.append(...paragraphs(piece.replace(/^\n|\n$/g, ""), reading));
  });
  return drawn;
}

/**
 * @param {string} text
 * @param {Reading} reading
 * @returns {Part[]}
 */
function paragraphs(text, reading) {
  return gathered(text.split("\n")).map(({ quoted, lines }) => {
    const parts = inline(lines.join("\n"), reading);
    return quoted ? h("blockquote", {}, ...parts) : h("span", { class: "lines" }, ...parts);
  });
}

/**
 * Gather neighbouring lines that are quoted, or not.
 *
 * @param {string[]} lines
 */
function gathered(lines) {
  const groups = /** @type {{quoted: boolean, lines: string[]}[]} */ ([]);
  let rest = false;
  for (const line of lines) {
    rest ||= REST_QUOTED.test(line);
    const quoted = rest || QUOTED.test(line);
    const words = line.replace(REST_QUOTED, "").replace(QUOTED, "");
    const last = groups.at(-1);
    if (last?.quoted === quoted) last.lines.push(words);
    else groups.push({ quoted, lines: [words] });
  }
  return groups.filter((it) => it.quoted || it.lines.some(Boolean));
}

/**
 * @param {string} text
 * @param {Reading} reading
 * @returns {Part[]}
 */
function inline(text, reading) {
  const parts = /** @type {Part[]} */ ([]);
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(decoded(text.slice(end, found.index)), live(found, reading));
    end = found.index + found[0].length;
  }
  return [...parts, decoded(text.slice(end))];
}

/**
 * @param {RegExpExecArray} found
 * @param {Reading} reading
 * @returns {Part}
 */
function live(found, reading) {
  const name = Object.keys(found.groups ?? {}).find((it) => found.groups?.[it] !== undefined) ?? "";
  const inside = found.groups?.[name] ?? "";
  return DRAW[name]?.(inside, reading) ?? decoded(found[0]);
}

/** @type {Record<string, (inside: string, reading: Reading) => Part|undefined>} */
const DRAW = {
  angle,
  code: (inside, reading) => h("code", {}, ...angles(inside, reading)),
  bold: (inside, reading) => h("strong", {}, ...inline(inside, reading)),
  italic: (inside, reading) => h("em", {}, ...inline(inside, reading)),
  strike: (inside, reading) => h("s", {}, ...inline(inside, reading)),
  emoji: (inside) => emoji(inside),
  url: (inside, { loose }) => (loose ? link(decoded(inside), decoded(inside)) : undefined),
  range: (inside, { loose }) => (loose ? broadcast(inside) : undefined),
  place: (inside, { scene, loose }) => (loose ? namedChannel(inside, scene) : undefined),
};

/**
 * @param {string} name
 * @param {Scene} scene
 */
function namedChannel(name, scene) {
  const known = [...scene.channels.values()].find((it) => it.name === name && it.kind !== "im");
  return known && channel(known.id, scene);
}

/**
 * Within code nothing is marked, but what the app wrote in angle brackets stays alive.
 *
 * @param {string} text
 * @param {Reading} reading
 * @returns {Part[]}
 */
function angles(text, reading) {
  const pieces = text.split(/<([^<>]+)>/);
  return pieces.map((it, index) => (index % 2 ? angle(it, reading) : decoded(it)));
}

/**
 * @param {string} inside
 * @param {Reading} reading
 * @returns {Part}
 */
function angle(inside, { scene }) {
  const cut = inside.indexOf("|");
  const target = cut < 0 ? inside : inside.slice(0, cut);
  const label = cut < 0 ? "" : decoded(inside.slice(cut + 1));
  if (target.startsWith("@")) return person(target.slice(1), scene, label);
  if (target.startsWith("#")) return channel(target.slice(1), scene);
  if (target.startsWith("!")) return special(target.slice(1), label, scene);
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return link(decoded(target), label || decoded(target));
  return decoded(`<${inside}>`);
}

/**
 * @param {string} target
 * @param {string} label
 * @param {Scene} scene
 * @returns {Part}
 */
function special(target, label, scene) {
  const [name = "", ...rest] = target.split("^");
  if (name === "date") return moment(rest, label, scene);
  if (name === "subteam") return group(label || (rest[0] ?? ""));
  return broadcast(label || name);
}

/**
 * @param {string[]} parts
 * @param {string} fallback
 * @param {Scene} scene
 * @returns {Part}
 */
function moment([at = "", format = "", url], fallback, scene) {
  const seconds = Number(at);
  if (!at || !Number.isFinite(seconds)) return fallback;
  const time = timeNode(seconds, decoded(format), scene.me.tz);
  return url ? link(decoded(url), time) : time;
}

/** @param {string} text */
const decoded = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
