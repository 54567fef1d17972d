/** Sample payloads: a message with every block and element, a Home, and a form with errors. */

/** @import { Json, Message, Modal, Person, Scene } from "./contract.js" */

const NOW = Math.floor(Date.now() / 1000);
const HOUR = 3600;
const DAY = 24 * HOUR;

/** @param {string} text */
const plain = (text) => ({ type: "plain_text", text, emoji: true });

/** @param {string} text */
const mrkdwn = (text) => ({ type: "mrkdwn", text });

/**
 * @param {string} text
 * @param {Json} [style]
 */
const words = (text, style) => ({ type: "text", text, ...(style && { style }) });

/** @param {...Json} elements */
const run = (...elements) => ({ type: "rich_text_section", elements });

/**
 * @param {string} text
 * @param {string} value
 * @param {Json} [more]
 */
const option = (text, value, more = {}) => ({ text: plain(text), value, ...more });

/**
 * @param {string} text
 * @param {string} actionId
 * @param {Json} [more]
 */
const button = (text, actionId, more = {}) => ({
  type: "button",
  text: plain(text),
  action_id: actionId,
  value: actionId,
  ...more,
});

const PRIORITIES = [option("High", "high"), option("Normal", "normal"), option("Low", "low")];
const STATES = [
  option("To do", "todo", { description: plain("Nobody has started") }),
  option("In progress", "doing"),
  option("Done", "done"),
];
const CONFIRM = {
  title: plain("Delete this task?"),
  text: mrkdwn("The card stays, *without its title*. You can bring it back."),
  confirm: plain("Delete"),
  deny: plain("Keep it"),
  style: "danger",
};

/** @type {Person[]} */
const PEOPLE = [
  ["U01", "maya", "Maya Lind", "Europe/Berlin"],
  ["U02", "tom", "Tom Reyes", "America/Los_Angeles"],
].map(([id = "", name = "", real_name = "", tz = ""]) => ({
  id,
  name,
  real_name,
  tz,
  role: "member",
  role_words: "member",
  is_bot: false,
}));

/** @type {Scene} */
export const SCENE = {
  me: /** @type {Person} */ (PEOPLE[0]),
  people: new Map(PEOPLE.map((it) => [it.id, it])),
  channels: new Map([
    [
      "C01",
      {
        id: "C01",
        name: "dev",
        kind: "public",
        shared: false,
        member: true,
        with: null,
        read_only: false,
      },
    ],
  ]),
  stamp: "samples",
};

const MARKUP = [
  "*Bold*, _italic_, ~struck~, `code`, *_both_*; 2*3*4 and snake_case_words stay as they are.",
  "> quoted, with a mention of <@U01> and <@U02>",
  "In <#C01>, in <#C99>, <https://example.com|a link>, https://example.com/plain?a=1&amp;b=2, :tada: and :unknown_emoji:",
  `Due <!date^${NOW + DAY}^{date_long_pretty} at {time}|tomorrow>, <!date^${NOW + 9 * DAY}^{date}|later>,` +
    ` <!date^${NOW + 300 * DAY}^{date_short}, {date_num}|next year>, seen <!date^${NOW - 2 * HOUR}^{ago}|before>; <!here>`,
  "Escapes: &lt;b&gt; &amp;amp; stays text, and so does &lt;img src=x onerror=alert(1)&gt;",
  "```\n*not bold*\n  kept   as typed\n```",
].join("\n");

/** @type {Json[]} */
const RICH = [
  run(
    words("Rich text: "),
    words("bold", { bold: true }),
    words(", "),
    words("italic", { italic: true }),
    words(", "),
    words("struck", { strike: true }),
    words(", "),
    words("code", { code: true }),
    words(", "),
    { type: "link", url: "https://example.com", text: "a link" },
    words(", "),
    { type: "emoji", name: "rocket" },
    words(", "),
    { type: "user", user_id: "U02" },
    words(", "),
    { type: "channel", channel_id: "C01" },
    words(", "),
    { type: "usergroup", usergroup_id: "S01" },
    words(", "),
    { type: "broadcast", range: "channel" },
    words(", "),
    {
      type: "date",
      timestamp: NOW + DAY,
      format: "{date_short_pretty} at {time}",
      fallback: "tomorrow",
    },
    words(", "),
    { type: "color", value: "#2a9d8f" },
    words(". A title like <img src=x onerror=alert(1)> is text, *and stars too*."),
  ),
  {
    type: "rich_text_list",
    style: "bullet",
    elements: [run(words("a point")), run(words("another "), words("point", { bold: true }))],
  },
  {
    type: "rich_text_list",
    style: "bullet",
    indent: 1,
    elements: [run(words("a point below it"))],
  },
  {
    type: "rich_text_list",
    style: "ordered",
    elements: [run(words("first")), run(words("second"))],
  },
  { type: "rich_text_quote", elements: [words("What somebody said")] },
  { type: "rich_text_preformatted", elements: [words("/task add Fix   the login @maya")] },
];

/** @type {Json[]} */
const EVERY_BLOCK = [
  { type: "header", block_id: "header", text: plain("Every block and element :sparkles:") },
  { type: "section", block_id: "markup", text: mrkdwn(MARKUP) },
  {
    type: "section",
    block_id: "fields",
    text: mrkdwn("*#12 Fix the login page*"),
    fields: [
      mrkdwn("*Assignee*\nMaya Lind"),
      mrkdwn("*Due*\nFriday"),
      plain("Priority\nhigh"),
      mrkdwn("*Status*\nTo do"),
    ],
    accessory: {
      type: "overflow",
      action_id: "sample_overflow",
      options: [option("Edit", "edit"), option("Assign to me", "me"), option("Delete", "delete")],
    },
  },
  { type: "rich_text", block_id: "rich", elements: RICH },
  { type: "divider", block_id: "divider" },
  {
    type: "actions",
    block_id: "buttons",
    elements: [
      button("Done", "sample_done", {
        style: "primary",
        accessibility_label: "Done: #12 Fix the login page",
      }),
      button("Start", "sample_start"),
      button("Delete", "sample_delete", { style: "danger", confirm: CONFIRM }),
      button("Open a page", "sample_link", { url: "https://example.com" }),
    ],
  },
  {
    type: "actions",
    block_id: "choices",
    elements: [
      {
        type: "static_select",
        action_id: "sample_select",
        placeholder: plain("Priority"),
        options: PRIORITIES,
      },
      {
        type: "users_select",
        action_id: "sample_user",
        placeholder: plain("Assignee"),
        initial_user: "U01",
      },
      { type: "channels_select", action_id: "sample_channel", placeholder: plain("Channel") },
      {
        type: "conversations_select",
        action_id: "sample_conversation",
        placeholder: plain("Conversation"),
      },
      {
        type: "datepicker",
        action_id: "sample_date",
        placeholder: plain("Due date"),
        initial_date: "2026-12-03",
      },
      {
        type: "timepicker",
        action_id: "sample_time",
        placeholder: plain("Due time"),
        initial_time: "17:00",
      },
      { type: "datetimepicker", action_id: "sample_moment", initial_date_time: NOW + DAY },
    ],
  },
  {
    type: "section",
    block_id: "boxes",
    text: mrkdwn("Show me"),
    accessory: {
      type: "checkboxes",
      action_id: "sample_boxes",
      options: STATES,
      initial_options: [STATES[0]],
    },
  },
  {
    type: "section",
    block_id: "radios",
    text: mrkdwn("Move it to"),
    accessory: {
      type: "radio_buttons",
      action_id: "sample_radios",
      options: STATES,
      initial_option: STATES[1],
    },
  },
  {
    type: "section",
    block_id: "many",
    text: mrkdwn("Only these"),
    accessory: {
      type: "multi_static_select",
      action_id: "sample_many",
      placeholder: plain("Priorities"),
      options: PRIORITIES,
    },
  },
  {
    type: "image",
    block_id: "image",
    title: plain("A picture"),
    image_url: "https://example.com/chart.png",
    alt_text: "A chart of finished tasks; pictures are not loaded here",
  },
  {
    type: "context",
    block_id: "context",
    elements: [
      { type: "image", image_url: "https://example.com/maya.png", alt_text: "Maya" },
      mrkdwn(`Added by *Maya* <!date^${NOW}^{date_short_pretty} at {time}|today>`),
      plain("grey and small"),
    ],
  },
  { type: "card_of_the_future", block_id: "unknown" },
];

/** @type {Message[]} */
export const MESSAGES = [
  {
    ts: String(NOW - HOUR),
    user: "UBOT01",
    author: "taskbot",
    is_bot: true,
    ephemeral: false,
    text: "Every block and element",
    blocks: EVERY_BLOCK,
    edited: true,
    edits: 1,
    thread_ts: null,
  },
  {
    ts: String(NOW - HOUR + 1),
    user: "UBOT01",
    author: "taskbot",
    is_bot: true,
    ephemeral: true,
    text: "Added #12 Fix the login page",
    blocks: [],
    edited: false,
    edits: 0,
    thread_ts: null,
  },
];

/**
 * @param {number} number
 * @param {string} title
 * @param {string} facts
 */
const task = (number, title, facts) => ({
  type: "section",
  block_id: `task ${number}`,
  text: mrkdwn(`*#${number} ${title}*\n${facts}`),
  accessory: button("Done", "home_done", {
    value: String(number),
    accessibility_label: `Done: #${number} ${title}`,
  }),
});

/** @type {Json[]} */
export const HOME = [
  { type: "header", block_id: "home", text: plain("Your tasks") },
  {
    type: "actions",
    block_id: "home buttons",
    elements: [
      button("New task", "home_new", { style: "primary" }),
      button("Settings", "home_settings"),
      button("Feedback", "home_feedback"),
    ],
  },
  { type: "header", block_id: "overdue", text: plain("Overdue") },
  task(
    9,
    "Renew the certificate",
    `due <!date^${NOW - DAY}^{date_short_pretty}|yesterday> · high priority`,
  ),
  { type: "divider", block_id: "line" },
  { type: "header", block_id: "week", text: plain("This week") },
  task(12, "Fix the login page", `due <!date^${NOW + DAY}^{date_short_pretty} at {time}|tomorrow>`),
  task(14, "Write the release notes", "no date"),
  {
    type: "context",
    block_id: "given",
    elements: [mrkdwn("You gave 2 tasks to others: *#10* to Tom, *#11* to Tom.")],
  },
];

/**
 * @param {string} blockId
 * @param {string} label
 * @param {Json} element
 * @param {Json} [more]
 */
const input = (blockId, label, element, more = {}) => ({
  type: "input",
  block_id: blockId,
  label: plain(label),
  element: { action_id: blockId, ...element },
  ...more,
});

const OPTIONAL = { optional: true };

/** @type {Json[]} */
const FORM_BLOCKS = [
  input("title", "Title", { type: "plain_text_input", max_length: 200, focus_on_load: true }),
  input(
    "notes",
    "Notes",
    { type: "plain_text_input", multiline: true, placeholder: plain("Anything that helps") },
    { ...OPTIONAL, hint: plain("Up to 3,000 characters.") },
  ),
  input("assignee", "Assignee", { type: "users_select", placeholder: plain("Nobody") }, OPTIONAL),
  input("due_date", "Due date", { type: "datepicker", initial_date: "2020-01-31" }, OPTIONAL),
  input("due_time", "Due time", { type: "timepicker" }, OPTIONAL),
  input(
    "reminder",
    "Remind me",
    { type: "datetimepicker", initial_date_time: NOW + DAY },
    OPTIONAL,
  ),
  input("priority", "Priority", {
    type: "radio_buttons",
    options: PRIORITIES,
    initial_option: PRIORITIES[1],
  }),
  input("state", "Status", { type: "static_select", options: STATES }, OPTIONAL),
  input("watchers", "Who should know", { type: "multi_users_select" }, OPTIONAL),
  input("estimate", "Hours", { type: "number_input", is_decimal_allowed: true }, OPTIONAL),
  input("source", "Link", { type: "url_text_input", placeholder: plain("https://…") }, OPTIONAL),
  input(
    "card",
    "Card",
    { type: "checkboxes", options: [option("Show a card in the channel", "card")] },
    OPTIONAL,
  ),
  {
    type: "context",
    block_id: "form note",
    elements: [plain("Saving writes only what you changed.")],
  },
];

/** @type {Modal} */
export const FORM = {
  id: "sample-form",
  hash: "1",
  callback_id: "sample_form",
  title: plain("Edit task #12"),
  submit: plain("Save"),
  close: plain("Cancel"),
  blocks: FORM_BLOCKS,
  errors: {},
  values: {},
};

/** What the form answers to a save. */
export const FORM_ERRORS = {
  due_date: "January 31, 2020 is past. The next one is 2027-01-31.",
  priority: "Tom set it to High meanwhile; yours was Normal.",
};
