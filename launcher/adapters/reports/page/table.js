/* The table of tasks: sorted, filtered and turned page by page; a few rows at a time are in the
   document. */

class Table {
  constructor(tasks, outcomes, state) {
    this.tasks = tasks;
    this.outcomes = outcomes.filter((outcome) => tasks.some((task) => task.outcome === outcome));
    this.state = { sort: null, falling: false, text: "", hidden: [], page: 0, size: 50, ...state };
    this.columns = COLUMNS.filter(
      (column) => ALWAYS.has(column.key) || tasks.some((task) => task[column.key] !== null),
    );
    this.haystacks = new Map();
    this.sorted = null;
    this.drawHead();
    this.drawOutcomes();
    this.listen();
    this.refresh({ keepPage: true });
  }

  drawHead() {
    const row = document.querySelector("#table thead tr");
    for (const column of this.columns) {
      const button = make("button", { type: "button", "data-column": column.key, text: column.title });
      button.addEventListener("click", () => this.sortBy(column.key));
      const className = column.number ? "number" : "";
      row.append(make("th", { scope: "col", className }, button));
    }
  }

  drawOutcomes() {
    for (const outcome of this.outcomes) {
      const count = this.tasks.filter((task) => task.outcome === outcome).length;
      const mark = make("span", { className: `mark kind-${outcome}`, "aria-hidden": "true" });
      const words = `${outcome} ${grouped.format(count)}`;
      const button = make("button", { type: "button", "data-outcome": outcome }, mark, words);
      button.addEventListener("click", () => this.toggle(outcome));
      byId("outcomes").append(button);
    }
  }

  listen() {
    byId("controls").hidden = byId("pager").hidden = false;
    byId("size").value = String(this.state.size);
    byId("text").value = this.state.text;
    let waiting = 0;
    byId("text").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.find({ text: byId("text").value }), 120);
    });
    byId("size").addEventListener("change", () => {
      this.state.size = Number(byId("size").value);
      this.refresh();
    });
    byId("copy").addEventListener("click", () => this.copy());
    byId("reset").addEventListener("click", () => {
      byId("text").focus();
      this.find({ text: "", hidden: [] });
    });
    const turns = { first: () => 0, previous: (at) => at - 1, next: (at) => at + 1, last: () => Infinity };
    for (const [id, turned] of Object.entries(turns)) {
      byId(id).addEventListener("click", () => {
        this.state.page = turned(this.state.page);
        this.refresh({ keepPage: true });
        byId("scroll").scrollTop = 0;
      });
    }
    for (const button of document.querySelectorAll("button.find")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const { outcome, text } = button.dataset;
        this.find({ text, hidden: this.outcomes.filter((other) => other !== outcome) });
        byId("tasks").scrollIntoView({ block: "start" });
        byId("tasks").focus({ preventScroll: true });
      });
    }
  }

  sortBy(key) {
    const again = this.state.sort === key;
    this.state.falling = again && !this.state.falling;
    this.state.sort = key;
    this.sorted = null;
    this.refresh();
  }

  toggle(outcome) {
    const { hidden } = this.state;
    this.state.hidden = hidden.includes(outcome)
      ? hidden.filter((other) => other !== outcome)
      : [...hidden, outcome];
    this.refresh();
  }

  find(wanted) {
    Object.assign(this.state, wanted);
    if (byId("text").value !== this.state.text) byId("text").value = this.state.text;
    this.refresh();
  }

  haystack(task) {
    let text = this.haystacks.get(task);
    if (text === undefined) {
      const parts = [task.name, task.id, task.outcome, task.status, task.said, task.project, task.app,
        task.user, task.source, task.run];
      text = parts.filter(Boolean).join("\n").toLowerCase();
      this.haystacks.set(task, text);
    }
    return text;
  }

  found() {
    const { sort, falling, hidden } = this.state;
    const column = this.columns.find((one) => one.key === sort);
    this.sorted ??= column ? inColumn(column, this.tasks, falling) : this.tasks;
    const words = this.state.text.toLowerCase().trim();
    const unseen = new Set(hidden);
    return this.sorted.filter(
      (task) => !unseen.has(task.outcome) && (!words || this.haystack(task).includes(words)),
    );
  }

  refresh({ keepPage = false } = {}) {
    const found = (this.shown = this.found());
    const { size } = this.state;
    const last = Math.max(Math.ceil(found.length / size) - 1, 0);
    this.state.page = keepPage ? Math.min(Math.max(this.state.page, 0), last) : 0;
    const start = this.state.page * size;
    this.drawRows(found.slice(start, start + size));
    this.drawState(found, start, last);
  }

  drawRows(tasks) {
    const rows = tasks.map((task) => {
      const cells = this.columns.map((column) => {
        const className = column.number ? "number" : column.wide ? "wide" : column.key;
        if (column.draw) return make("td", { className }, ...column.draw(task));
        const value = task[column.key];
        const empty = value === null || value === undefined;
        const text = empty ? "" : column.show ? column.show(value, task) : String(value);
        return make("td", { className, text });
      });
      return make("tr", {}, ...cells);
    });
    const none = make("td", { colspan: this.columns.length, text: "No task is like that." });
    document.querySelector("#table tbody").replaceChildren(...(rows.length ? rows : [make("tr", {}, none)]));
  }

  drawState(found, start, last) {
    const { sort, falling, hidden, page, size } = this.state;
    for (const button of document.querySelectorAll("#table thead button")) {
      const isSorted = button.dataset.column === sort;
      if (isSorted) button.parentElement.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else button.parentElement.removeAttribute("aria-sort");
    }
    for (const button of document.querySelectorAll("#outcomes button")) {
      button.setAttribute("aria-pressed", String(!hidden.includes(button.dataset.outcome)));
    }
    const whole = grouped.format(this.tasks.length);
    const end = grouped.format(Math.min(start + size, found.length));
    const some = found.length === this.tasks.length ? "" : ` (all: ${whole})`;
    byId("range").textContent = found.length
      ? `${grouped.format(start + 1)} to ${end} of ${grouped.format(found.length)} tasks${some}`
      : `none of ${whole} tasks`;
    byId("first").disabled = byId("previous").disabled = page === 0;
    byId("next").disabled = byId("last").disabled = page === last;
    byId("copy").textContent = `Copy ${grouped.format(found.length)} id${found.length === 1 ? "" : "s"}`;
    byId("copy").disabled = !found.length;
    byId("reset").hidden = !hidden.length && !this.state.text;
  }

  async copy() {
    const ids = this.shown.map((task) => task.id).join("\n");
    const said = `${grouped.format(this.shown.length)} ids copied`;
    try {
      await navigator.clipboard.writeText(ids);
    } catch {
      if (!copiedBySelection(ids)) return;
    }
    byId("said").textContent = said;
    byId("copy").textContent = "Copied ✓";
    setTimeout(() => this.refresh({ keepPage: true }), 1500);
  }
}

/* Where there is no clipboard for pages (some browsers, for a file), there is the old way, and at
   last the ids themselves, selected. */
function copiedBySelection(ids) {
  const [dialog, area] = [byId("ids-dialog"), byId("ids")];
  area.value = ids;
  dialog.showModal();
  area.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    copied = false;
  }
  if (copied) dialog.close();
  return copied;
}
