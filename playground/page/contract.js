/**
 * What travels between the page and its server, in JSDoc types; there is nothing to run here.
 *
 * The server sends whole snapshots ({@link Snapshot}), the page sends acts ({@link Act}) and gets
 * one {@link Done} for each.
 */

/** @typedef {Record<string, any>} Json - Slack's own JSON: blocks, elements, options. */

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} real_name
 * @property {string} tz
 * @property {string} role
 * @property {string} role_words
 * @property {boolean} is_bot
 */

/**
 * @typedef {object} Channel
 * @property {string} id
 * @property {string} name
 * @property {"public"|"private"|"im"|"mpim"} kind
 * @property {boolean} shared
 * @property {boolean} member
 * @property {string|null} with
 * @property {boolean} read_only
 * @property {boolean} [bot_in] - the app is in it; not there means no
 */

/**
 * @typedef {object} Message
 * @property {string} ts
 * @property {string} user
 * @property {string} author
 * @property {boolean} is_bot
 * @property {boolean} ephemeral
 * @property {string} text
 * @property {Json[]} blocks
 * @property {boolean} edited
 * @property {number} edits
 * @property {string|null} thread_ts
 */

/** @typedef {{id: string, hash: string, blocks: Json[]}} Home */

/**
 * @typedef {object} Modal
 * @property {string} id
 * @property {string} hash
 * @property {string} callback_id
 * @property {Json|string} title
 * @property {Json|string|null} submit
 * @property {Json|string|null} close
 * @property {Json[]} blocks
 * @property {Record<string, string>} errors
 * @property {Record<string, Record<string, Json>>} values
 */

/**
 * @typedef {object} WireEntry
 * @property {number} n
 * @property {number} at
 * @property {"to_bot"|"to_slack"} direction
 * @property {string} kind
 * @property {string} what
 * @property {number|null} status
 * @property {string} outcome
 * @property {number} ms
 * @property {string} request
 * @property {string} answer
 */

/** @typedef {{command: string, usage_hint: string, description: string}} Command */
/** @typedef {{type: "global"|"message", callback_id: string, name: string, description: string}} Shortcut */
/** @typedef {"slow"|"limited"|"down"} Fault */

/**
 * @typedef {object} Snapshot
 * @property {"state"} type
 * @property {string} me
 * @property {{id: string, name: string, app: {user_id: string, name: string}}} workspace
 * @property {Person[]} people
 * @property {string[]} actors
 * @property {Channel[]} channels
 * @property {Record<string, Message[]>} messages
 * @property {Home|null} home
 * @property {Modal[]} modals
 * @property {Command[]} commands
 * @property {Shortcut[]} shortcuts
 * @property {string[]} hints
 * @property {Record<Fault, boolean>} faults
 * @property {WireEntry[]} wire
 */

/** @typedef {{act: string} & Json} Act */
/**
 * @typedef {object} Done
 * @property {boolean} ok
 * @property {number} [status]
 * @property {number} [seconds]
 * @property {string} [error]
 * @property {Record<string, string>} [errors]
 * @property {boolean} [left] - the page hung up before the answer, so nobody knows: say nothing
 */

/** @typedef {(act: Act) => Promise<Done>} Send */

/**
 * Who is looking, and by which names people and channels go.
 *
 * @typedef {object} Scene
 * @property {Person} me
 * @property {Map<string, Person>} people
 * @property {Map<string, Channel>} channels
 * @property {string} stamp - changes when anything above does, so that what shows names is redrawn
 */

/** @typedef {{value?: string, selected?: string|number|string[]|null}} Choice */

/**
 * Where blocks stand: what is needed to draw them and to act on them.
 *
 * @typedef {object} Surface
 * @property {Scene} scene
 * @property {(block: Json, element: Json, choice: Choice) => Promise<Done>} click
 * @property {(block: Json, element: Json) => Json|undefined} [state] - what stands in a field now
 */

export {};
