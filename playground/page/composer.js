/**
 * The field at the bottom: says a message or runs a command, and offers a list while one types.
 *
 * It is a native textarea, since a task may have several lines; its role (textbox) takes
 * `aria-autocomplete` and `aria-activedescendant` like a combobox's, but not `aria-expanded`, so the
 * number of offers is said in a status line instead.
 */

import { h, one } from "./dom.js";
import { exampleFor, offerFor } from "./suggest.js";

/** @import { Send, Snapshot } from "./contract.js" */
/** @import { Offer, Option } from "./suggest.js" */

const NOTHING = /** @type {Offer} */ ({ from: 0, isEager: false, options: [] });

/** @typedef {{send: Send, snapshot: () => Snapshot|null, sent: () => void}} Surroundings */

export class Composer {
  #field = /** @type {HTMLTextAreaElement} */ (one("#composer"));
  #list = one("#hints");
  /** What was half typed elsewhere, by place. @type {Map<string, string>} */
  #drafts = new Map();
  #offer = NOTHING;
  #active = -1;
  #place = "";
  #channel = "";
  #waiting = 0;

  /** @param {Surroundings} on */
  constructor(on) {
    this.on = on;
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#field.addEventListener("blur", () => this.#show(NOTHING));
    // The focus stays in the field while one clicks or scrolls in the list.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    one("#compose").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /**
   * Go to another place, with what was half typed there.
   *
   * @param {string} place
   * @param {string} channel
   */
  move(place, channel) {
    if (place === this.#place) return;
    this.#drafts.set(this.#place, this.#field.value);
    this.#place = place;
    this.#channel = channel;
    this.#write(this.#drafts.get(place) ?? "");
  }

  /** @param {string} text */
  #write(text) {
    this.#field.value = text;
    this.#changed();
  }

  #changed() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
    this.#suggest();
  }

  #suggest() {
    const snapshot = this.on.snapshot();
    const typed = this.#field.value.slice(0, this.#field.selectionEnd);
    const isHere = document.activeElement === this.#field;
    this.#show(snapshot && isHere ? offerFor(typed, snapshot) : NOTHING);
    const isOver = snapshot && !this.#offer.options.length;
    const example = isOver ? exampleFor(this.#field.value, snapshot) : "";
    one("#composer-note").textContent = example && `For example: ${example}`;
  }

  /** @param {Offer} offer */
  #show(offer) {
    const count = offer.options.length;
    if (count !== this.#offer.options.length) {
      one("#offers").textContent = count ? `${count} suggestions` : "";
    }
    this.#offer = offer;
    this.#list.replaceChildren(...offer.options.map((it, index) => this.#line(it, index)));
    this.#list.hidden = !count;
    this.#list.scrollTop = 0;
    this.#activate(offer.isEager && count ? 0 : -1);
  }

  /**
   * @param {Option} option
   * @param {number} index
   */
  #line(option, index) {
    const onclick = () => this.#take(index);
    const props = { id: `hint-${index}`, role: "option", "aria-selected": false, onclick };
    const parts = [h("span", {}, option.label), h("small", {}, option.note)];
    return h("li", { ...props, "data-hint": option.insert }, ...parts);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    [...this.#list.children].forEach((it, at) =>
      it.setAttribute("aria-selected", String(at === index)),
    );
    if (index < 0) this.#field.removeAttribute("aria-activedescendant");
    else this.#field.setAttribute("aria-activedescendant", `hint-${index}`);
    this.#list.children[index]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  #take(index) {
    const { from, options } = this.#offer;
    const option = options[index];
    if (!option) return;
    this.#field.setRangeText(option.insert, from, this.#field.selectionEnd, "end");
    this.#field.setSelectionRange(from + option.keep, from + option.insert.length);
    this.#changed();
    // What is selected now is an example to type over, and needs no offers.
    if (option.keep < option.insert.length) this.#show(NOTHING);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return;
    const isTaken = this.#offer.options.length > 0 && this.#choose(event);
    const isSend = event.key === "Enter" && !event.shiftKey;
    if (isTaken || isSend) event.preventDefault();
    if (isSend && !isTaken) void this.#submit();
  }

  /**
   * Do what a key does while the list is open; tell whether it did anything.
   *
   * @param {KeyboardEvent} event
   */
  #choose({ key, shiftKey }) {
    const count = this.#offer.options.length;
    const active = this.#active;
    if (key === "ArrowDown") this.#activate((active + 1) % count);
    else if (key === "ArrowUp") this.#activate((active < 1 ? count : active) - 1);
    else if (key === "Escape") this.#show(NOTHING);
    else if (key === "Tab" && !shiftKey) this.#take(Math.max(active, 0));
    else if (key === "Enter" && !shiftKey && active >= 0) this.#take(active);
    else return false;
    return true;
  }

  async #submit() {
    const text = this.#field.value;
    if (!text.trim()) return;
    const place = this.#place;
    const act = text.startsWith("/") ? "command" : "say";
    this.#write("");
    this.#wait(1);
    this.on.sent();
    const done = await this.on.send({ act, channel: this.#channel, text });
    this.#wait(-1);
    if (!done.ok && !done.left) this.#giveBack(place, text);
  }

  /**
   * What was not sent stands in the field again, unless something else does by now.
   *
   * @param {string} place
   * @param {string} text
   */
  #giveBack(place, text) {
    if (place !== this.#place) this.#drafts.set(place, this.#drafts.get(place) || text);
    else if (!this.#field.value) this.#write(text);
  }

  /** @param {number} more */
  #wait(more) {
    this.#waiting += more;
    one("#waiting").hidden = this.#waiting === 0;
  }
}
