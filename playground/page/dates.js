/** Moments in a person's zone: Slack's date formats, and what date fields hold. */

import { h } from "./dom.js";

const DAY = 86_400_000;
// Slack leaves the year out of dates that are less than half a year away.
const HALF_A_YEAR = 182 * DAY;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 */
function formatIn(zone, options) {
  const key = zone + JSON.stringify(options);
  const known =
    formats.get(key) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
  formats.set(key, known);
  return known;
}

/**
 * @typedef {object} Wall - what clock and calendar on the wall say
 * @property {number} ms - the moment
 * @property {string} zone
 * @property {number} year
 * @property {number} month
 * @property {number} day
 * @property {number} hour
 * @property {number} minute
 * @property {number} second
 */

/**
 * @param {number} ms
 * @param {string} zone
 * @returns {Wall}
 */
function wallAt(ms, zone) {
  const found = formatIn(zone, {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  }).formatToParts(ms);
  const number = (/** @type {string} */ type) =>
    Number(found.find((it) => it.type === type)?.value);
  return {
    ms,
    zone,
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
  };
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/** @param {Wall} wall */
const midnight = (wall) => Date.UTC(wall.year, wall.month - 1, wall.day);

/** @param {number} day */
function ordinal(day) {
  const suffix = new Intl.PluralRules("en", { type: "ordinal" }).select(day);
  return day + ({ one: "st", two: "nd", few: "rd" }[/** @type {string} */ (suffix)] ?? "th");
}

/**
 * @param {Wall} wall
 * @param {Intl.DateTimeFormatOptions} options
 */
const spell = (wall, options) => formatIn(wall.zone, options).format(wall.ms);

/** @param {Wall} wall */
function year(wall) {
  return Math.abs(wall.ms - Date.now()) < HALF_A_YEAR ? "" : `, ${wall.year}`;
}

/** @param {Wall} wall */
const dateLong = (wall) => `${spell(wall, { month: "long" })} ${ordinal(wall.day)}${year(wall)}`;

/** @param {Wall} wall */
const dateShort = (wall) => `${spell(wall, { month: "short" })} ${wall.day}${year(wall)}`;

/** @param {Wall} wall */
const dateFull = (wall) => `${spell(wall, { weekday: "long" })}, ${dateLong(wall)}`;

const NEAR = new Map([
  [-1, "yesterday"],
  [0, "today"],
  [1, "tomorrow"],
]);

/** @param {(wall: Wall) => string} plain */
const pretty = (plain) => (/** @type {Wall} */ wall) => {
  const away = Math.round((midnight(wall) - midnight(wallAt(Date.now(), wall.zone))) / DAY);
  return NEAR.get(away) ?? plain(wall);
};

const UNITS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["day", DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
]);

/** @param {Wall} wall */
function ago(wall) {
  const away = wall.ms - Date.now();
  const [unit, size] = UNITS.find((it) => Math.abs(away) >= it[1]) ?? ["second", 1000];
  return new Intl.RelativeTimeFormat("en").format(Math.trunc(away / size), unit);
}

/**
 * docs.slack.dev/messaging/formatting-message-text#date-formatting
 *
 * @type {Record<string, (wall: Wall) => string>}
 */
const TOKENS = {
  date_num: (wall) => `${wall.year}-${two(wall.month)}-${two(wall.day)}`,
  date_slash: (wall) => `${two(wall.month)}/${two(wall.day)}/${wall.year}`,
  date: dateLong,
  date_short: dateShort,
  date_long: dateFull,
  date_long_full: (wall) => spell(wall, { dateStyle: "full" }),
  date_pretty: pretty(dateLong),
  date_short_pretty: pretty(dateShort),
  date_long_pretty: pretty(dateFull),
  day_divider_pretty: pretty(dateFull),
  time: (wall) => spell(wall, { timeStyle: "short" }),
  time_secs: (wall) => spell(wall, { timeStyle: "medium" }),
  ago,
};

/**
 * @param {number} seconds
 * @param {string} format
 * @param {string} zone
 */
export function written(seconds, format, zone) {
  const wall = wallAt(seconds * 1000, zone);
  return format.replace(/\{(\w+)\}/g, (token, name) => TOKENS[name]?.(wall) ?? token);
}

/**
 * A moment as Slack writes it; its title says it in full.
 *
 * @param {number} seconds
 * @param {string} format
 * @param {string} zone
 */
export function timeNode(seconds, format, zone) {
  const props = {
    datetime: new Date(seconds * 1000).toISOString(),
    title: `${written(seconds, "{date_long_full}, {time_secs}", zone)} (${zone})`,
    "data-seconds": seconds,
    "data-format": format,
    "data-zone": zone,
  };
  return h("time", props, written(seconds, format, zone));
}

/** Rewrite "today" and "3 minutes ago" on the page when they are no longer true. */
export function keepTimesFresh() {
  setInterval(() => document.querySelectorAll("time[data-format]").forEach(refresh), 20_000);
}

/** @param {Element} node */
function refresh(node) {
  const { seconds = "0", format = "", zone = "UTC" } = /** @type {HTMLElement} */ (node).dataset;
  const now = written(Number(seconds), format, zone);
  if (node.textContent !== now) node.textContent = now;
}

/**
 * Return what a date-and-time field shows for a moment: `2026-12-03T14:30`.
 *
 * @param {number} seconds
 * @param {string} zone
 */
export function toField(seconds, zone) {
  const wall = wallAt(seconds * 1000, zone);
  return `${TOKENS.date_num?.(wall)}T${two(wall.hour)}:${two(wall.minute)}`;
}

/**
 * Return the moment that a date-and-time field means: of two, the first; a time that a clock change
 * skips moves forward.
 *
 * @param {string} value
 * @param {string} zone
 */
export function fromField(value, zone) {
  const utc = Date.parse(`${value}Z`);
  const [before, after] = [utc - DAY, utc + DAY].map((it) => utc - offset(it, zone));
  const first = Math.min(before ?? utc, after ?? utc) / 1000;
  return toField(first, zone) === value ? first : Math.max(before ?? utc, after ?? utc) / 1000;
}

/**
 * @param {number} ms
 * @param {string} zone
 */
function offset(ms, zone) {
  const { year, month, day, hour, minute, second } = wallAt(ms, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms;
}
