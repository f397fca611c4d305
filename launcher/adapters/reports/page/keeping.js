/* A page of a run that goes on is written again and again: it loads itself anew and keeps what its
   reader sees: the scroll, the sort, the filter, the page of the table, and where the cursor is. */

const EVERY_MS = 10000;
const GIVEN_UP_MS = 15 * 60000;
const AT_REST_MS = 4000;

class Kept {
  constructor(run) {
    this.name = `launcher ${run}`;
  }

  read() {
    try {
      const kept = sessionStorage.getItem(this.name);
      if (kept) return JSON.parse(kept);
    } catch {
      // it is refused here: see below
    }
    try {
      return location.hash.startsWith("#kept=")
        ? JSON.parse(decodeURIComponent(location.hash.slice(6)))
        : {};
    } catch {
      return {};
    }
  }

  write(state) {
    const text = JSON.stringify(state);
    try {
      sessionStorage.setItem(this.name, text);
    } catch {
      try {
        history.replaceState(null, "", `#kept=${encodeURIComponent(text)}`);
      } catch {
        // nothing can be kept here
      }
    }
  }
}

/* What somebody looks for may be anything; a state that is none of ours is dropped. */
function sound(kept) {
  const { table = {} } = kept ?? {};
  const state = {};
  if (typeof table.sort === "string") state.sort = table.sort;
  if (typeof table.falling === "boolean") state.falling = table.falling;
  if (typeof table.text === "string") state.text = table.text;
  if (Array.isArray(table.hidden)) state.hidden = table.hidden.filter((one) => typeof one === "string");
  if (Number.isInteger(table.page)) state.page = table.page;
  if ([50, 100, 500].includes(table.size)) state.size = table.size;
  return state;
}

function keepWhatIsSeen(kept, table) {
  const write = () => {
    const active = document.activeElement;
    kept.write({
      table: table.state,
      scroll: [scrollX, scrollY],
      inTable: [byId("scroll").scrollLeft, byId("scroll").scrollTop],
      focus: active?.id || null,
      cursor: active?.id === "text" ? active.selectionStart : null,
    });
  };
  addEventListener("pagehide", write);
  return write;
}

function showWhatWasSeen({ scroll, inTable, focus, cursor }) {
  if (Array.isArray(scroll)) scrollTo({ left: scroll[0], top: scroll[1], behavior: "instant" });
  if (Array.isArray(inTable)) byId("scroll").scrollTo(inTable[0], inTable[1]);
  const element = typeof focus === "string" ? byId(focus) : null;
  element?.focus({ preventScroll: true });
  if (element?.id === "text" && Number.isInteger(cursor)) element.setSelectionRange(cursor, cursor);
}

/* Load the page anew, but not under the hands of somebody who types, selects or looks elsewhere. */
function reloadByItself(at, write) {
  const said = byId("liveliness");
  said.hidden = false;
  let touched = 0;
  for (const kind of ["input", "keydown", "pointerdown"]) {
    addEventListener(kind, () => { touched = Date.now(); });
  }
  const isBusy = () =>
    document.hidden || Date.now() - touched < AT_REST_MS || !getSelection().isCollapsed || byId("ids-dialog").open;
  const turn = () => {
    if (Date.now() - at > GIVEN_UP_MS) {
      said.textContent = "This page has not been written anew for 15 minutes: its run was killed, or writes it no more. It loads itself anew no longer.";
      return;
    }
    if (isBusy()) {
      setTimeout(turn, 1000);
      return;
    }
    write();
    location.reload();
  };
  said.textContent = "This page loads itself anew every 10 s.";
  setTimeout(turn, EVERY_MS);
}
