/** Fields that hold a state: inputs, selects, pickers, checkboxes. All are the browser's own controls. */

import { fromField, toField } from "./dates.js";
import { freshId, h } from "./dom.js";
import { textNode, words } from "./texts.js";

/** @import { Choice, Json, Scene } from "./contract.js" */
/** @typedef {string|number|string[]|null|undefined} Picked */

/**
 * @typedef {object} Field
 * @property {HTMLElement} node
 * @property {HTMLElement[]} controls - what takes the focus, and `aria-invalid`
 * @property {() => Picked} picked
 */

/** @typedef {Record<string, unknown>} Naming - how the field is called: aria-label or aria-labelledby, and more */
/** @typedef {{element: Json, scene: Scene, start: Picked, naming: Naming}} Order */
/** @typedef {{value: string, label: string, group?: string, option?: Json}} Entry */

/** The key of the state that holds the choice, and of the element that it starts from. */
const KEYS = /** @type {Record<string, [string, string]>} */ ({
  plain_text_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  static_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  multi_static_select: ["selected_options", "initial_options"],
  checkboxes: ["selected_options", "initial_options"],
  users_select: ["selected_user", "initial_user"],
  multi_users_select: ["selected_users", "initial_users"],
  channels_select: ["selected_channel", "initial_channel"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
});

/** @type {Record<string, (order: Order) => Field>} */
const DRAW = {
  plain_text_input: (order) => (order.element.multiline ? lines(order) : line("text")(order)),
  email_text_input: line("email"),
  url_text_input: line("url"),
  number_input: line("text", { inputmode: "decimal" }),
  static_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  radio_buttons: radios,
  checkboxes: boxes,
  multi_static_select: boxes,
  multi_users_select: boxes,
  multi_channels_select: boxes,
  multi_conversations_select: boxes,
  datepicker: picker("date"),
  timepicker: picker("time"),
  datetimepicker: picker("datetime-local"),
};

/** @param {string} type */
export const isField = (type) => type in KEYS;

/** Whether a field is several controls in a fieldset. @param {string} type */
export const isGroup = (type) => DRAW[type] === radios || DRAW[type] === boxes;

/** @typedef {{field: Field, element: Json}} Drawn */

/** @type {WeakMap<Element, Drawn>} */
const drawnFields = new WeakMap();

/**
 * @param {Json} element
 * @param {Scene} scene
 * @param {Naming} naming
 * @param {Json} [state] - what stood in the field before
 * @returns {Field}
 */
export function drawField(element, scene, naming, state) {
  const draw = DRAW[element.type];
  if (!draw) throw new Error(`no such field: ${element.type}`);
  const start = pickedIn(element, state);
  const field = draw({ element, scene, start, naming });
  field.node.dataset.field = element.action_id;
  drawnFields.set(field.node, { field, element });
  return field;
}

/**
 * Return what a state, or else the element itself, says is chosen.
 *
 * @param {Json} element
 * @param {Json} [state]
 * @returns {Picked}
 */
function pickedIn(element, state) {
  const [key, initial] = KEYS[element.type] ?? ["", ""];
  const chosen = state ? state[key] : element[initial];
  if (key === "selected_option") return chosen?.value;
  if (key === "selected_options") return chosen?.map((/** @type {Json} */ it) => it.value);
  return chosen;
}

/**
 * Return the state of every field below a node, by block_id and action_id, as Slack writes it.
 *
 * @param {ParentNode} root
 * @returns {Record<string, Record<string, Json>>}
 */
export function statesIn(root) {
  const values = /** @type {Record<string, Record<string, Json>>} */ ({});
  for (const node of root.querySelectorAll("[data-field]")) {
    const blockId = node.closest("[data-block-id]")?.getAttribute("data-block-id") ?? "";
    const drawn = drawnFields.get(node);
    if (drawn) (values[blockId] ??= {})[drawn.element.action_id] = stateOf(drawn);
  }
  return values;
}

/**
 * @param {Drawn} drawn
 * @returns {Json}
 */
function stateOf({ field, element }) {
  const [key] = KEYS[element.type] ?? [""];
  const picked = field.picked();
  if (key === "selected_option") return { type: element.type, [key]: optionOf(element, picked) };
  if (key === "selected_options") {
    const options = /** @type {string[]} */ (picked).map((it) => optionOf(element, it));
    return { type: element.type, [key]: options };
  }
  return { type: element.type, [key]: picked ?? null };
}

/** @param {Element} node */
export const controlsOf = (node) => drawnFields.get(node)?.field.controls ?? [];

/**
 * @param {Json} element
 * @param {Picked} value
 */
const optionOf = (element, value) =>
  optionsOf(element).find((it) => it.value === value)?.option ?? null;

/**
 * @param {Json} element
 * @returns {Entry[]}
 */
function optionsOf(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.flatMap((/** @type {Json} */ group) =>
    group.options.map((/** @type {Json} */ option) => ({
      value: option.value,
      label: words(option.text),
      group: words(group.label),
      option,
    })),
  );
}

/**
 * @param {Json} element
 * @param {Scene} scene
 * @returns {Entry[]}
 */
function entriesOf(element, scene) {
  if (element.type.includes("users")) {
    return [...scene.people.values()].map((it) => ({
      value: it.id,
      label: it.real_name || it.name,
    }));
  }
  if (element.type.includes("channels") || element.type.includes("conversations")) {
    return places(element, scene);
  }
  return optionsOf(element);
}

/**
 * @param {Json} element
 * @param {Scene} scene
 * @returns {Entry[]}
 */
function places(element, scene) {
  const all = ["public", "private", "im", "mpim"];
  const kinds = element.type.includes("channels") ? ["public"] : (element.filter?.include ?? all);
  const there = [...scene.channels.values()].filter((it) => kinds.includes(it.kind));
  return there.map((it) => ({
    value: it.id,
    label:
      it.kind === "im" ? (scene.people.get(it.with ?? "")?.real_name ?? it.name) : `#${it.name}`,
  }));
}

/**
 * @param {string} type
 * @param {Record<string, unknown>} [more]
 * @returns {(order: Order) => Field}
 */
function line(type, more = {}) {
  return (order) => {
    const input = h("input", { type, class: "field", ...more, ...entryProps(order) });
    input.value = String(order.start ?? "");
    return { node: h("div", {}, input), controls: [input], picked: () => input.value || null };
  };
}

/** @param {Order} order */
function lines(order) {
  const area = h("textarea", { class: "field", rows: 4, ...entryProps(order) });
  area.value = String(order.start ?? "");
  return { node: h("div", {}, area), controls: [area], picked: () => area.value || null };
}

/** @param {Order} order */
function entryProps({ element, naming }) {
  return {
    ...naming,
    "data-action-id": element.action_id,
    placeholder: words(element.placeholder),
    minlength: element.min_length,
    maxlength: element.max_length,
    autofocus: element.focus_on_load,
    autocomplete: "off",
  };
}

/**
 * @param {Order} order
 * @returns {Field}
 */
function select({ element, scene, start, naming }) {
  const hooks = { "data-action-id": element.action_id, autofocus: element.focus_on_load };
  const node = h("select", { class: "field", ...naming, ...hooks });
  node.append(h("option", { value: "" }, words(element.placeholder) || "Choose…"));
  for (const [group, entries] of Map.groupBy(entriesOf(element, scene), (it) => it.group)) {
    const options = entries.map((it) => h("option", { value: it.value }, it.label));
    node.append(...(group ? [h("optgroup", { label: group }, ...options)] : options));
  }
  node.value = String(start ?? "");
  return {
    node: h("div", { class: "select" }, node),
    controls: [node],
    picked: () => node.value || null,
  };
}

/** @param {Order} order */
function radios(order) {
  const node = choices(order, "radio");
  node.setAttribute("role", "radiogroup");
  const picked = () => checkedIn(node)[0] ?? null;
  return { node, controls: [node], picked };
}

/** @param {Order} order */
function boxes(order) {
  const node = choices(order, "checkbox");
  const controls = /** @type {HTMLElement[]} */ ([...node.querySelectorAll("input")]);
  return { node, controls, picked: () => checkedIn(node) };
}

/**
 * @param {Order} order
 * @param {"radio"|"checkbox"} type
 */
function choices({ element, scene, start, naming }, type) {
  const name = freshId(element.action_id);
  const chosen = /** @type {Picked[]} */ ([start].flat());
  const drawn = entriesOf(element, scene).map((entry) => {
    const hooks = { "data-action-id": element.action_id, "data-value": entry.value };
    const input = h("input", { type, name, value: entry.value, ...hooks });
    input.checked = chosen.includes(entry.value);
    return h("label", { class: "choice" }, input, choiceLabel(entry, scene));
  });
  return h(
    "fieldset",
    { class: element.type.startsWith("multi_") ? "choices boxed" : "choices", ...naming },
    ...drawn,
  );
}

/**
 * @param {Entry} entry
 * @param {Scene} scene
 */
function choiceLabel({ label, option }, scene) {
  const note = option?.description && h("small", {}, textNode(option.description, scene));
  return h("span", {}, option ? textNode(option.text, scene) : label, note);
}

/** @param {Element} node */
function checkedIn(node) {
  return [...node.querySelectorAll("input")].filter((it) => it.checked).map((it) => it.value);
}

/**
 * @param {"date"|"time"|"datetime-local"} type
 * @returns {(order: Order) => Field}
 */
function picker(type) {
  const isMoment = type === "datetime-local";
  return ({ element, scene, start, naming }) => {
    const hooks = { "data-action-id": element.action_id, autofocus: element.focus_on_load };
    const input = h("input", { type, class: "field", ...naming, ...hooks });
    input.value = isMoment && start ? toField(Number(start), scene.me.tz) : String(start ?? "");
    const read = () => (isMoment ? fromField(input.value, scene.me.tz) : input.value);
    return {
      node: h("div", {}, input),
      controls: [input],
      picked: () => (input.value ? read() : null),
    };
  };
}

/**
 * Call `act` when a person has chosen.
 *
 * @param {Field} field
 * @param {Json} element
 * @param {(choice: Choice, control: HTMLElement) => unknown} act
 */
export function onChoice(field, element, act) {
  const chosen = () => act({ selected: field.picked() ?? null }, field.controls[0] ?? field.node);
  if (element.type.endsWith("_input")) onEntry(field.node, element, chosen);
  else if (element.type.endsWith("picker")) onPick(field.node, chosen);
  else field.node.addEventListener("change", chosen);
}

/**
 * @param {HTMLElement} node
 * @param {Json} element
 * @param {() => unknown} chosen
 */
function onEntry(node, element, chosen) {
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (when.includes("on_character_entered")) node.addEventListener("input", chosen);
  if (!when.includes("on_enter_pressed")) return;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    chosen();
  });
}

/**
 * A date that is being typed is a date after each digit: it counts when one presses Enter or leaves.
 *
 * @param {HTMLElement} node
 * @param {() => unknown} chosen
 */
function onPick(node, chosen) {
  let isTyping = false;
  let isChanged = false;
  const settle = () => {
    if (isChanged) chosen();
    isTyping = isChanged = false;
  };
  node.addEventListener("change", () => {
    isChanged = true;
    if (!isTyping) settle();
  });
  node.addEventListener("keydown", (event) => {
    isTyping = event.key !== "Enter";
    if (!isTyping) settle();
  });
  node.addEventListener("pointerdown", () => (isTyping = false));
  node.addEventListener("focusout", settle);
}
