/* The tasks as the page holds them, and how each of their columns is shown and sorted. Whatever
   others wrote goes into the document as text, never as markup. */

const byId = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(byId(id).textContent);

function make(tag, { text, className, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const grouped = new Intl.NumberFormat("en");
const inOrder = new Intl.Collator("en", { numeric: true });
const utc = (at) => new Date(at).toISOString().replace("T", " ").slice(0, 19);

function inWords(seconds) {
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [86400, 3600, 60].map((unit) => Math.floor(whole / unit));
  if (days) return `${days} d ${hours % 24} h`;
  if (hours) return `${hours} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

const said = (parts) => parts.filter(Boolean).join("; ") || null;

/* The rows as tasks.py packs them; texts that many share are numbers there. */
function unpacked(packed, outcomes) {
  const textOf = (value) => (typeof value === "number" ? packed.texts[value] : value);
  return packed.rows.map((row) => {
    const error = [
      row[6] === null ? "" : `code ${row[6]}`,
      row[5] === null || (row[6] === null && row[1] === 0) ? "" : `HTTP ${row[5]}`,
    ].filter(Boolean).join(", ");
    const path = row[16] === null ? null : packed.paths[row[16]];
    return {
      id: row[0],
      outcome: outcomes[row[1]],
      name: row[2],
      status: textOf(row[3]),
      attempts: row[4],
      said: said([[error, textOf(row[7])].filter(Boolean).join(": "), textOf(row[15])]),
      launched: row[8],
      latency: row[9],
      queued: row[10],
      running: row[11],
      ended: row[12],
      price: row[13],
      currency: textOf(row[14]),
      project: textOf(row[16]),
      app: textOf(row[17]),
      user: textOf(row[18]),
      source: row[19],
      run: textOf(row[20]),
      page: packed.pages && path ? `${packed.pages}/u/${path}/tasks/${row[0]}` : null,
    };
  });
}

function drawTask(task) {
  const name = task.name || "(no name)";
  const shown = task.page
    ? make("a", { href: task.page, target: "_blank", rel: "noopener noreferrer", text: name })
    : make("span", { text: name });
  return [shown, make("code", { className: "id", text: task.id })];
}

function drawOutcome(task) {
  const mark = make("span", { className: `mark kind-${task.outcome}`, "aria-hidden": "true" });
  return [make("span", { className: "badge" }, mark, task.outcome)];
}

/* `by` is what a column is sorted by; one that no task fills is left out. */
const COLUMNS = [
  { key: "task", title: "Task", by: (task) => task.name || task.id, draw: drawTask },
  { key: "outcome", title: "Outcome", draw: drawOutcome },
  { key: "status", title: "Status" },
  { key: "said", title: "Error, remark", wide: true },
  { key: "attempts", title: "Attempts", number: true },
  { key: "launched", title: "Launched at", number: true, show: utc },
  { key: "latency", title: "Latency (s)", number: true, show: (seconds) => seconds.toFixed(3) },
  { key: "queued", title: "Queued", number: true, show: inWords },
  { key: "running", title: "Ran", number: true, show: inWords },
  { key: "ended", title: "Ended at", number: true, show: utc },
  {
    key: "price",
    title: "Price",
    number: true,
    by: (task) => (task.price === null ? null : Number(task.price)),
    show: (price, task) => [task.currency, price].filter(Boolean).join(" "),
  },
  { key: "project", title: "Project" },
  { key: "app", title: "App" },
  { key: "user", title: "Executed by" },
  { key: "run", title: "Launched by run" },
  { key: "source", title: "Source" },
];

const ALWAYS = new Set(["task", "outcome", "status", "attempts"]);
const valueOf = (column, task) => (column.by ? column.by(task) : task[column.key]);

function inColumn(column, tasks, falling) {
  const sign = falling ? -1 : 1;
  const values = new Map(tasks.map((task) => [task, valueOf(column, task)]));
  return [...tasks].sort((one, other) => {
    const [a, b] = [values.get(one), values.get(other)];
    if (a === b) return 0;
    if (a === null || a === undefined) return 1; // what is not known comes last, either way
    if (b === null || b === undefined) return -1;
    return sign * (column.number ? a - b : inOrder.compare(a, b));
  });
}
