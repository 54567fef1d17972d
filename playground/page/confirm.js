/** Asks before an element with a `confirm` object acts. */

import { freshId, h } from "./dom.js";
import { textNode, words } from "./texts.js";

/** @import { Json, Scene } from "./contract.js" */

/**
 * @param {Json} confirm
 * @param {Scene} scene
 * @returns {Promise<boolean>}
 */
export function confirmed(confirm, scene) {
  const dialog = draw(confirm, scene);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/**
 * @param {Json} confirm
 * @param {Scene} scene
 */
function draw(confirm, scene) {
  const title = freshId("confirm");
  const isDanger = confirm.style === "danger";
  const style = isDanger ? "danger" : "primary";
  return h(
    "dialog",
    { class: "dialog dialog-small", "aria-labelledby": title, "data-confirm": true },
    h("h2", { id: title }, words(confirm.title)),
    h("div", { class: "dialog-body" }, textNode(confirm.text, scene)),
    h(
      "form",
      { class: "dialog-foot", method: "dialog" },
      h("button", { class: "button", value: "no", autofocus: isDanger }, words(confirm.deny)),
      h(
        "button",
        { class: `button ${style}`, value: "yes", autofocus: !isDanger },
        words(confirm.confirm),
      ),
    ),
  );
}
