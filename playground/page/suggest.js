/** What to offer while somebody types: commands with examples, people, channels. */

/** @import { Snapshot } from "./contract.js" */

/**
 * @typedef {object} Option
 * @property {string} label
 * @property {string} note
 * @property {string} insert
 * @property {number} keep - how much of what is inserted stays unselected, to be typed over
 */

/**
 * @typedef {object} Offer
 * @property {number} from - what is replaced starts here, and ends at the caret
 * @property {boolean} isEager - Enter takes the first one, without choosing
 * @property {Option[]} options
 */

const MOST = 10;

/**
 * @param {string} typed - the text up to the caret
 * @param {Snapshot} snapshot
 * @returns {Offer}
 */
export function offerFor(typed, snapshot) {
  const name = /(?<before>^|\s)(?<sign>[@#])(?<start>[\w.-]*)$/.exec(typed)?.groups;
  if (name) return named(typed, name.sign ?? "", name.start ?? "", snapshot);
  if (typed.startsWith("/")) return { from: 0, isEager: false, options: commands(typed, snapshot) };
  return { from: 0, isEager: false, options: [] };
}

/**
 * @param {string} typed
 * @param {string} sign
 * @param {string} start
 * @param {Snapshot} snapshot
 * @returns {Offer}
 */
function named(typed, sign, start, snapshot) {
  const all = sign === "@" ? people(snapshot) : channels(snapshot);
  const low = start.toLowerCase();
  const fit = all.filter((it) => it.name.startsWith(low) || it.note.toLowerCase().startsWith(low));
  const isWhole = fit.length === 1 && fit[0]?.name === low;
  // "#12" is a task: digits are never taken for a channel.
  const wanted = sign === "@" || !/^\d/.test(start) ? fit : [];
  const options = wanted.map(({ name, note }) => {
    const insert = `${sign}${name} `;
    return { label: sign + name, note, insert, keep: insert.length };
  });
  return {
    from: typed.length - start.length - 1,
    isEager: true,
    options: isWhole ? [] : options.slice(0, MOST),
  };
}

/** @param {Snapshot} snapshot */
const people = (snapshot) =>
  snapshot.people
    .filter((it) => !it.is_bot)
    .map((it) => ({ name: it.name.toLowerCase(), note: it.real_name }));

/** @param {Snapshot} snapshot */
const channels = (snapshot) =>
  snapshot.channels.filter((it) => it.kind === "public").map((it) => ({ name: it.name, note: "" }));

/**
 * @param {string} typed
 * @param {Snapshot} snapshot
 * @returns {Option[]}
 */
function commands(typed, snapshot) {
  const low = typed.toLowerCase();
  const bare = snapshot.commands.map((it) => ({
    label: it.command,
    note: it.description,
    insert: `${it.command} `,
    keep: it.command.length + 1,
  }));
  const examples = snapshot.hints.map((hint) => ({
    label: hint,
    note: "",
    insert: hint,
    keep: verbOf(hint).length + 1,
  }));
  const fit = [...bare, ...examples].filter((it) => it.insert.toLowerCase().startsWith(low));
  return fit.filter((it) => it.insert.trimEnd() !== typed).slice(0, MOST);
}

/** The command and its verb: `/task add`. @param {string} line */
const verbOf = (line) => line.split(" ").slice(0, 2).join(" ");

/**
 * Return an example of the verb that is being typed, when nothing can be completed any more.
 *
 * @param {string} typed
 * @param {Snapshot} snapshot
 */
export function exampleFor(typed, snapshot) {
  const verb = verbOf(typed);
  if (!verb.includes(" ") || typed === verb) return "";
  return snapshot.hints.find((it) => verbOf(it) === verb) ?? "";
}
