// What the reader does: pointing, pressing, keys, filters. The last of the scripts.

const view = new View(JSON.parse(byId("data").textContent));

function startFilters() {
  for (const task of ["speaker", "claim_type", "stance"]) {
    byId(`only-${task}`).addEventListener("change", (event) => {
      view.filters[task] = event.target.value;
      view.draw();
    });
  }
  byId("minimum").addEventListener("input", (event) => {
    view.filters.minimum = Number(event.target.value) / 100;
    view.draw();
  });
  byId("all").addEventListener("click", () => view.clearFilters());
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("article").addEventListener("change", (event) => view.show(view.articles[Number(event.target.value)]));
}

const itemAt = (node) => view.items?.get(node.closest?.(".pick")) ?? view.rows?.get(node.closest?.(".row"));

function startPointing() {
  const rows = byId("rows");
  rows.addEventListener("pointerover", (event) => {
    const item = event.pointerType === "mouse" && !view.isKept ? itemAt(event.target) : null;
    if (item && item !== view.item) view.pick(item);
  });
  rows.addEventListener("focusin", (event) => {
    const item = itemAt(event.target);
    if (item && item !== view.item && event.target.matches(":focus-visible")) view.pick(item, view.isKept && !view.isEditing);
  });
  rows.addEventListener("click", (event) => {
    const item = itemAt(event.target), isPress = Boolean(event.target.closest(".pick"));
    // A click at the end of selecting words is no choice of a sentence.
    if (!item || view.isEditing || (!isPress && !getSelection().isCollapsed)) return;
    if (item === view.item && view.isKept) { leave(); return; }
    view.pick(item, true);
    view.stop(view.buttons.get(item));
    view.buttons.get(item).closest(".row").scrollIntoView({ block: "nearest" });
    if (isPress && event.detail === 0) byId("change").focus(); // by key: go on in the panel
  });
  byId("close").addEventListener("click", leave);
}

/** Out of the panel, back to the sentence. */
function leave() {
  const button = view.buttons?.get(view.item);
  view.isEditing = false;
  view.pick(null);
  if (button) view.stop(button);
}

function startKeys() {
  byId("rows").addEventListener("keydown", (event) => {
    const all = [...view.buttons.values()], at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at === -1 || to === undefined || !all[to]) return;
    event.preventDefault();
    view.stop(all[to]);
    all[to].closest(".row").scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && view.item) { if (view.isEditing) view.edit(false); else leave(); }
  });
  // Corrections live in the page alone, so that no text of anybody stays behind in a browser.
  addEventListener("beforeunload", (event) => {
    if (view.isUnsaved) event.preventDefault();
  });
}

startForm(view);
startDownloads(view);
startFilters();
startPointing();
startKeys();
new ResizeObserver(([entry]) => {
  if (view.article && Math.abs(entry.contentRect.width - view.drawnAt) > 8) view.drawNetwork();
}).observe(byId("network"));
byId("static")?.remove();
view.show(view.articles[0] ?? null);
