/** The connection to the playground: snapshots come in, acts go out, and it comes back by itself. */

/** @import { Act, Done, Snapshot } from "./contract.js" */

const PATIENCE = { first: 300, most: 3000 };
const UNSENT = "Not connected to the playground: nothing was sent.";
const UNKNOWN = "The connection broke before the answer came. Look whether it was done.";

/** @typedef {{state: (snapshot: Snapshot) => void, link: (isUp: boolean) => void}} Listener */

export class Connection {
  /** @type {Map<number, (done: Done) => void>} */
  #waiting = new Map();
  #pause = PATIENCE.first;
  #isClosed = false;
  #serial = 0;
  #socket;

  /**
   * @param {string} person - who one is; empty leaves it to the server
   * @param {Listener} on
   */
  constructor(person, on) {
    this.person = person;
    this.on = on;
    this.#socket = this.#open();
  }

  #open() {
    const socket = new WebSocket(address(this.person));
    socket.addEventListener("message", (event) => this.#receive(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#lost());
    return socket;
  }

  /** @param {any} message */
  #receive(message) {
    if (message.type === "done") {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (message.type === "state" && !this.#isClosed) {
      this.#pause = PATIENCE.first;
      this.on.link(true);
      this.on.state(message);
    }
  }

  #lost() {
    this.#settle({ ok: false, error: UNKNOWN });
    if (this.#isClosed) return;
    this.on.link(false);
    setTimeout(() => this.#again(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, PATIENCE.most);
  }

  /** @param {Done} done */
  #settle(done) {
    for (const settle of this.#waiting.values()) settle(done);
    this.#waiting.clear();
  }

  #again() {
    if (!this.#isClosed) this.#socket = this.#open();
  }

  /**
   * @param {Act} act
   * @returns {Promise<Done>}
   */
  send(act) {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return Promise.resolve({ ok: false, error: UNSENT });
    }
    const id = ++this.#serial;
    this.#socket.send(JSON.stringify({ ...act, id }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Hang up for good; whoever still waits for an answer will not get one. */
  close() {
    this.#isClosed = true;
    this.#settle({ ok: false, left: true });
    this.#socket.close();
  }
}

/** @param {string} person */
function address(person) {
  const url = new URL("/live", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (person) url.searchParams.set("person", person);
  return url.href;
}
