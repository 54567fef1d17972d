/** The pane for the curious: what went over the wire, and switches that make Slack misbehave. */

import { timeNode } from "./dates.js";
import { fill, h, keyed, one } from "./dom.js";

/** @import { Fault, Scene, Send, Snapshot, WireEntry } from "./contract.js" */

const FAULT_WORDS = /** @type {Record<Fault, string>} */ ({
  slow: "slow",
  limited: "rate-limited",
  down: "down",
});

const FINE = new Set(["ok", "under way"]);

/** @param {Send} send */
export function startWire(send) {
  const toggle = one("[data-toggle=wire]");
  const switchTo = (/** @type {boolean} */ isOpen) => {
    toggle.setAttribute("aria-pressed", String(isOpen));
    one("#wire").hidden = !isOpen;
    document.body.classList.toggle("with-wire", isOpen);
  };
  toggle.addEventListener("click", () => switchTo(Boolean(one("#wire").hidden)));
  one("#wire-close").addEventListener("click", () => {
    switchTo(false);
    toggle.focus();
  });
  for (const it of faultSwitches()) {
    it.addEventListener("click", () => {
      const on = it.getAttribute("aria-checked") !== "true";
      void send({ act: "fault", name: it.dataset.fault, on });
    });
  }
}

/** @returns {NodeListOf<HTMLElement>} */
const faultSwitches = () => one("#wire").querySelectorAll("[data-fault]");

/**
 * @param {Snapshot} snapshot
 * @param {Scene} scene
 */
export function showWire({ faults, wire }, scene) {
  for (const it of faultSwitches()) {
    it.setAttribute("aria-checked", String(faults[/** @type {Fault} */ (it.dataset.fault)]));
  }
  const on = /** @type {Fault[]} */ (Object.keys(FAULT_WORDS)).filter((it) => faults[it]);
  one("#trouble").textContent = on.length
    ? `Slack is ${on.map((it) => FAULT_WORDS[it]).join(", ")}`
    : "";
  one("#trouble").hidden = !on.length;
  keyed(one("#wire-list"), [...wire].reverse(), {
    key: (it) => String(it.n),
    print: (it) => JSON.stringify(it) + scene.me.tz,
    draw: (it) => draw(it, scene),
    update: (node, it) => mend(node, it, scene),
  });
  one("#wire-empty").hidden = wire.length > 0;
}

/**
 * @param {WireEntry} it
 * @param {Scene} scene
 */
function draw(it, scene) {
  const node = h("details", { class: "exchange" }, h("summary"), h("div"));
  mend(node, it, scene);
  return node;
}

/**
 * Show how far an exchange is; what is open stays open.
 *
 * @param {HTMLElement} node
 * @param {WireEntry} it
 * @param {Scene} scene
 */
function mend(node, it, scene) {
  Object.assign(node.dataset, { wire: it.n, kind: it.kind, outcome: it.outcome });
  fill(one("summary", node), ...inShort(it));
  const time = h("p", { class: "wire-time" }, timeNode(it.at, "{time_secs}", scene.me.tz));
  fill(one("div", node), time, ...pretty("Request", it.request), ...pretty("Answer", it.answer));
}

/** @param {WireEntry} it */
function inShort(it) {
  const [arrow, way] =
    it.direction === "to_bot" ? ["→", "Slack to the bot"] : ["←", "the bot to Slack"];
  const tone = FINE.has(it.outcome) ? "fine" : "trouble";
  const ms = it.ms < 10 ? it.ms.toFixed(1) : Math.round(it.ms);
  return [
    h("span", { class: `way ${it.direction}`, title: way, role: "img", "aria-label": way }, arrow),
    h("span", { class: "what" }, h("span", { class: "kind" }, it.kind), ` ${it.what}`),
    h("span", { class: `outcome ${tone}` }, outcome(it)),
    h("span", { class: "ms" }, `${ms} ms`),
  ];
}

/** @param {WireEntry} it */
function outcome({ status, outcome: words }) {
  return status === null || words !== "ok" ? words : String(status);
}

/**
 * @param {string} title
 * @param {string} text
 */
function pretty(title, text) {
  return [
    h("h3", {}, title),
    h("pre", { tabindex: 0, role: "region", "aria-label": title }, text || "(empty)"),
  ];
}
