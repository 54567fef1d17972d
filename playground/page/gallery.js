/** Shows the sample payloads; what would be sent is said instead. */

import { showBlocks } from "./blocks.js";
import { h, keyed, one } from "./dom.js";
import { drawMessage } from "./message.js";
import { ModalStack } from "./modal.js";
import { FORM, FORM_ERRORS, HOME, MESSAGES, SCENE } from "./samples.js";
import { toast } from "./toast.js";

/** @import { Act, Done, Message, Send } from "./contract.js" */

/** @type {Send} */
async function send(act) {
  toast(`Would send: ${JSON.stringify(act)}`);
  return { ok: true };
}

const room = { channel: "C01", scene: SCENE, send, shortcuts: [] };
const forms = new ModalStack(answer);

/**
 * Answer a form as an app would: errors on saving, and gone on closing.
 *
 * @param {Act} act
 * @returns {Promise<Done>}
 */
async function answer(act) {
  if (act.act === "submit") return { ok: false, error: "Not saved.", errors: FORM_ERRORS };
  if (act.act === "close") forms.clear();
  return { ok: true };
}

/** @param {HTMLElement} parent */
function showMessages(parent) {
  keyed(parent, MESSAGES, {
    key: (/** @type {Message} */ it) => it.ts,
    print: (it) => it.ts,
    draw: (it) => drawMessage(it, room),
  });
}

/** @param {HTMLElement} parent */
function showHome(parent) {
  const click = (
    /** @type {object} */ block,
    /** @type {object} */ element,
    /** @type {object} */ choice,
  ) => send({ act: "view_click", block, element, ...choice });
  showBlocks(parent, HOME, { scene: SCENE, click });
}

export function showGallery() {
  showMessages(one("#sample-messages"));
  showHome(one("#sample-home"));
}

export function startGallery() {
  const open = h(
    "button",
    { type: "button", class: "button primary", "data-sample": "form" },
    "Open the form",
  );
  open.addEventListener("click", () => forms.show([FORM], SCENE));
  one("#sample-form").append(open);
}
