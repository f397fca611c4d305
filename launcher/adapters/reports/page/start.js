/* First the table, which is read at once; then the pictures. */

const settings = readJson("settings");
const kept = new Kept(settings.run);
const seen = kept.read();
if ("scrollRestoration" in history) history.scrollRestoration = "manual";
const table = new Table(unpacked(readJson("rows"), settings.outcomes), settings.outcomes, sound(seen));
byId("close-ids").addEventListener("click", () => byId("ids-dialog").close());
showWhatWasSeen(seen);
const write = keepWhatIsSeen(kept, table);
performance.mark("rows shown");
if (settings.live) reloadByItself(settings.at, write);

requestAnimationFrame(() => setTimeout(async () => {
  try {
    await new Pictures(readJson("figures")).draw();
  } catch {
    sayNothingIsDrawn();
  }
  performance.mark("pictures drawn");
  document.documentElement.dataset.drawn = "yes";
}));
