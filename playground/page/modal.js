/** Modals: a stack of forms, with errors at their fields. What was typed survives an update. */

import { showBlocks } from "./blocks.js";
import { fill, freshId, h, one } from "./dom.js";
import { controlsOf, statesIn } from "./fields.js";
import { words } from "./texts.js";

/** @import { Done, Json, Modal, Scene, Send, Surface } from "./contract.js" */
/** @typedef {{dialog: HTMLDialogElement, modal: Modal, print: string, isGone: boolean}} Open */

const REQUIRED = "Please fill this in.";

export class ModalStack {
  /** @type {Map<string, Open>} */
  #opened = new Map();

  /** @param {Send} send */
  constructor(send) {
    this.send = send;
  }

  /**
   * Show these, the last on top.
   *
   * @param {Modal[]} modals
   * @param {Scene} scene
   */
  show(modals, scene) {
    const wanted = new Set(modals.map((it) => it.id));
    for (const open of [...this.#opened.values()].reverse()) {
      if (!wanted.has(open.modal.id)) this.#remove(open);
    }
    for (const modal of modals) {
      const open = this.#opened.get(modal.id) ?? this.#start(modal);
      const print = JSON.stringify(modal) + scene.stamp;
      if (open.print !== print) mend(open, modal, scene, this.send);
      open.print = print;
      if (!open.dialog.open) appear(open.dialog);
    }
  }

  /** Close all of them, without telling anybody. */
  clear() {
    for (const open of this.#opened.values()) this.#remove(open);
  }

  /** @param {Open} open */
  #remove(open) {
    open.isGone = true;
    this.#opened.delete(open.modal.id);
    open.dialog.close();
    open.dialog.remove();
    if (document.activeElement === document.body) one("#composer").focus();
  }

  /** @param {Modal} modal */
  #start(modal) {
    const open = { dialog: frame(modal), modal, print: "", isGone: false };
    this.#opened.set(modal.id, open);
    this.#listen(open);
    document.body.append(open.dialog);
    return open;
  }

  /** @param {Open} open */
  #listen(open) {
    const { dialog } = open;
    const leave = (/** @type {Event} */ event) => {
      // A menu or a file field inside sends such events too.
      if (event.type !== "click" && event.target !== dialog) return;
      if (event.type === "cancel") event.preventDefault();
      if (!open.isGone) void this.#leave(open);
    };
    dialog.addEventListener("cancel", leave);
    dialog.addEventListener("close", leave);
    for (const it of dialog.querySelectorAll("[data-close]")) it.addEventListener("click", leave);
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit(open, this.send);
    });
    dialog.addEventListener("input", (event) => forgive(/** @type {Element} */ (event.target)));
  }

  /** @param {Open} open */
  async #leave(open) {
    complain(open, await this.send({ act: "close", view_id: open.modal.id }));
  }
}

/** As in Slack one can type at once. @param {HTMLDialogElement} dialog */
function appear(dialog) {
  dialog.showModal();
  firstControl(dialog)?.focus();
}

/** @param {Modal} modal */
function frame(modal) {
  const title = freshId("title");
  const hooks = { "data-view": modal.id, "data-callback-id": modal.callback_id };
  return h(
    "dialog",
    { class: "dialog dialog-form", "aria-labelledby": title, ...hooks },
    h(
      "form",
      { novalidate: true },
      h("div", { class: "dialog-head" }, h("h2", { id: title }), cross()),
      h("div", { class: "dialog-body blocks" }),
      h("p", { class: "error dialog-error", role: "alert" }),
      foot(),
    ),
  );
}

function cross() {
  const props = { type: "button", class: "quiet", "data-close": true, "aria-label": "Close" };
  return h("button", props, h("span", { "aria-hidden": true }, "✕"));
}

function foot() {
  const close = { type: "button", class: "button", "data-close": true, "data-close-words": true };
  const submit = { type: "submit", class: "button primary", "data-submit": true };
  return h("div", { class: "dialog-foot" }, h("button", close), h("button", submit));
}

/**
 * @param {Open} open
 * @param {Modal} modal
 * @param {Scene} scene
 * @param {Send} send
 */
function mend(open, modal, scene, send) {
  const { dialog } = open;
  const typed = statesIn(dialog);
  open.modal = modal;
  one("h2", dialog).textContent = words(modal.title);
  one("[data-close-words]", dialog).textContent = words(modal.close) || "Cancel";
  const submitButton = one("[data-submit]", dialog);
  submitButton.textContent = words(modal.submit);
  submitButton.hidden = !modal.submit;
  showBlocks(one(".dialog-body", dialog), modal.blocks, surfaceOf(open, scene, typed, send));
  showErrors(dialog, modal.errors);
}

/**
 * @param {Open} open
 * @param {Scene} scene
 * @param {Record<string, Record<string, Json>>} typed
 * @param {Send} send
 * @returns {Surface}
 */
function surfaceOf(open, scene, typed, send) {
  const viewId = open.modal.id;
  return {
    scene,
    async click(block, element, choice) {
      const which = { block_id: block.block_id, action_id: element.action_id };
      const values = statesIn(open.dialog);
      const done = await send({ act: "view_click", view_id: viewId, ...which, ...choice, values });
      complain(open, done);
      return done;
    },
    state(block, element) {
      const there = typed[block.block_id]?.[element.action_id];
      if (there?.type === element.type) return there;
      return open.modal.values?.[block.block_id]?.[element.action_id];
    },
  };
}

/**
 * @param {Open} open
 * @param {Send} send
 */
async function submit(open, send) {
  const { dialog } = open;
  const values = statesIn(dialog);
  const missing = required(open.modal, values);
  showErrors(dialog, {});
  if (showErrors(dialog, missing)) return;
  const button = one("[data-submit]", dialog);
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const done = await send({ act: "submit", view_id: open.modal.id, values });
  button.ariaBusy = null;
  complain(open, done);
  if (!open.isGone) showErrors(dialog, { ...open.modal.errors, ...done.errors });
}

/**
 * Say what cannot be said at a field.
 *
 * @param {Open} open
 * @param {Done} done
 */
function complain({ dialog }, done) {
  const isAtFields = Object.keys(done.errors ?? {}).length > 0;
  one(".dialog-error", dialog).textContent =
    done.ok || isAtFields ? "" : (done.error ?? "That did not work.");
}

/**
 * Return what Slack's own client insists on before it asks the app.
 *
 * @param {Modal} modal
 * @param {Record<string, Record<string, Json>>} values
 */
function required({ blocks }, values) {
  const missing = blocks.filter(
    (it) =>
      it.type === "input" && !it.optional && isEmpty(values[it.block_id]?.[it.element.action_id]),
  );
  return Object.fromEntries(missing.map((it) => [it.block_id, REQUIRED]));
}

/** @param {Json|undefined} state */
function isEmpty(state) {
  const [value] = Object.entries(state ?? {})
    .filter(([key]) => key !== "type")
    .map(([, it]) => it);
  return value === null || value === undefined || value === "" || value.length === 0;
}

/**
 * Put errors at their fields, take all others away, and go to the first; tell whether there are any.
 *
 * They come with the view and with the answer: whoever types by then is not taken elsewhere twice.
 *
 * @param {HTMLElement} dialog
 * @param {Record<string, string>} errors
 */
function showErrors(dialog, errors) {
  let isNews = false;
  const wrong = [...dialog.querySelectorAll(".block-input")].filter((block) => {
    const words = errors[block.getAttribute("data-block-id") ?? ""] ?? "";
    isNews ||= words !== "" && one("[data-error]", block).textContent !== words;
    mark(block, words);
    return words;
  });
  if (isNews) firstControl(wrong[0])?.focus();
  return wrong.length > 0;
}

/** @param {Element|undefined} block */
function firstControl(block) {
  return /** @type {HTMLElement|null} */ (
    block?.querySelector("[data-field] :is(input, select, textarea)")
  );
}

/**
 * @param {Element} block
 * @param {string} words
 */
function mark(block, words) {
  const error = one("[data-error]", block);
  fill(error, words);
  error.hidden = !words;
  for (const field of block.querySelectorAll("[data-field]")) {
    for (const control of controlsOf(field)) {
      if (words) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
}

/** What is being mended is not called wrong. @param {Element} target */
function forgive(target) {
  const block = target.closest(".block-input");
  if (block) mark(block, "");
}
