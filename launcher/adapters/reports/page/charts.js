/* The pictures: plotly.js is unpacked after the table is there, and draws what the page holds. */

const SETTINGS = { displayModeBar: false, responsive: true, showTips: false, doubleClick: "reset" };
const PRINTED_WIDTH = 640;

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

async function unpackedScript(base64) {
  const packed = bytesOf(base64);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

/* The policy of the page knows the hash of this script, so that it may run. It would put styles for
   maps into the page, which the policy refuses, unless they seem to be there. */
function run(code) {
  for (const [, id] of code.matchAll(/getElementById\("([0-9a-f]{64})"\)/g)) {
    if (!byId(id)) document.head.append(make("meta", { id }));
  }
  document.head.append(make("script", { text: code }));
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const paintedLine = (line) =>
  line?.color?.startsWith("--") ? { ...line, color: colour(line.color.slice(2)) } : line;
const painted = (data) => data.map((trace) => ({ ...trace, line: paintedLine(trace.line) }));

function axis(given) {
  const line = colour("line");
  const few = isNarrow() && given.type === "date" ? { nticks: 3 } : {};
  const ticks = { ticks: "outside", ticklen: 4, tickcolor: "rgba(0,0,0,0)", tickangle: 0 };
  return { ...given, ...few, ...ticks, gridcolor: line, zerolinecolor: line, fixedrange: isNarrow() };
}

const isNarrow = () => matchMedia("(pointer: coarse), (max-width: 640px)").matches;

function inTheme(layout) {
  return {
    ...layout,
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: axis(layout.xaxis),
    yaxis: axis(layout.yaxis),
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("edge"), font: { color: colour("ink") }, align: "left" },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "reversed" },
    margin: { l: 56, r: 12, t: layout.showlegend ? 30 : 12, b: 44 },
    hovermode: layout.hovermode ?? "closest",
    annotations: (layout.annotations ?? []).map((one) => ({ ...one, bgcolor: colour("raised") })),
    dragmode: isNarrow() ? false : "zoom",
  };
}

class Pictures {
  constructor(figures) {
    this.figures = figures;
  }

  async draw() {
    if (!this.figures.length) return;
    run(await unpackedScript(byId("plotly").textContent));
    if (!globalThis.Plotly) throw new Error("plotly.js did not run");
    for (const { name, data, layout } of this.figures) {
      await Plotly.newPlot(`plot-${name}`, painted(data), inTheme(layout), SETTINGS);
    }
    const repaint = () => this.repaint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    addEventListener("beforeprint", () => this.repaint({ width: PRINTED_WIDTH }));
    addEventListener("afterprint", repaint);
  }

  repaint(size = {}) {
    for (const { name, data, layout } of this.figures) {
      const plot = byId(`plot-${name}`);
      Plotly.react(plot, painted(data), { ...inTheme(layout), autosize: !size.width, ...size }, SETTINGS);
    }
  }
}

function sayNothingIsDrawn() {
  for (const plot of document.querySelectorAll(".plot")) {
    plot.textContent = "This browser cannot draw the picture; the words below say the same.";
    plot.classList.add("failed");
  }
}
