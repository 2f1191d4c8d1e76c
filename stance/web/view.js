// One article on the page: its filters, what is picked, what is corrected.

class View {
  constructor(data) {
    this.data = { ...NOTHING_YET, ...data };
    this.signs = new Map(Object.entries(this.data.stances));
    this.articles = this.data.articles.map(asArticle);
    this.article = null;
    this.filters = { speaker: "", claim_type: "", stance: "", minimum: 0 };
    this.item = null; // whose labels the panel shows
    this.isKept = false; // a press keeps it there, pointing elsewhere does not change it
    this.isEditing = false;
    this.isUnsaved = false; // corrections that no file holds yet
    this.open = new Set(); // speakers whose claims are unfolded
  }

  /** 1, 0 or -1; undefined where nobody said. */
  sign(stance) {
    const sign = this.signs.get(stance);
    return sign === undefined ? undefined : Math.sign(sign);
  }

  /** A label as the minimum score leaves it. */
  label(item, task) {
    const decided = item.tasks.has(task), score = item.row[`${task}_score`] ?? null;
    return { decided, sure: decided && (score === null || score >= this.filters.minimum), value: item.row[task] ?? null, score };
  }

  matches(item) {
    for (const task of ["speaker", "claim_type", "stance"]) {
      const wanted = this.filters[task], { sure, value } = this.label(item, task);
      if (wanted && !(sure && asOption(value) === wanted)) return false;
    }
    return !this.filters.minimum || this.data.tasks.some((task) => this.label(item, task).sure);
  }

  /** Label names that one may choose: the model's, where it made the record, else those in the data. */
  choices(task, item) {
    const own = item.row.model === this.data.model ? (task === "stance" ? [...this.signs.keys()] : this.data.claim_types) : [];
    const seen = this.articles.flatMap((article) => article.items.map((each) => each.row[task]));
    return [...new Set([...own, ...(own.length ? [item.row[task]] : seen)])].filter((name) => name !== null && name !== undefined);
  }

  show(article) {
    if (this.article !== article) this.pick(null);
    this.article = article;
    byId("view").hidden = !article;
    if (!article) return;
    byId("article").replaceChildren(...this.articles.map((each, i) => option(String(i), shorten(titleOf(each), 70))));
    byId("article").value = String(this.articles.indexOf(article));
    byId("which").hidden = this.articles.length === 1;
    byId("title").replaceChildren(isolated(titleOf(article)));
    const meta = ["source", "date", "url"].filter((key) => article.meta[key]).flatMap((key) => [isolated(article.meta[key]), " · "]);
    byId("meta").replaceChildren(...meta, counted(bySentence(article).length, "sentence"));
    this.refill();
    this.draw();
  }

  /** The filters' choices, after labels changed. */
  refill() {
    this.hues = speakersOf(this.article, this.data.hues);
    this.names = namesIn(this.article, this.hues);
    const values = { speaker: [null, ...this.hues.keys()] };
    for (const task of ["claim_type", "stance"]) {
      values[task] = [...new Set(this.article.items.map((item) => item.row[task]).filter((name) => name !== null))];
    }
    for (const task of Object.keys(values)) {
      const select = byId(`only-${task}`);
      const shown = (value) => (value === null ? `${OUTLET}’s own voice` : shorten(value, 60));
      select.replaceChildren(option("", "all"), ...values[task].map((value) => option(asOption(value), shown(value))));
      if (!values[task].some((value) => asOption(value) === this.filters[task])) this.filters[task] = "";
      select.value = this.filters[task];
    }
  }

  namesBetween(start, end) {
    let low = 0, high = this.names.length;
    while (high > low) {
      const middle = (low + high) >> 1;
      if (start > this.names[middle][0]) low = middle + 1; else high = middle;
    }
    const found = [];
    for (let i = low; this.names.length > i && end > this.names[i][0]; i += 1) found.push(this.names[i]);
    return found;
  }

  /** Everything that hangs on the filters and the labels. */
  draw() {
    this.buttons = new Map();
    this.items = new WeakMap();
    this.rows = new WeakMap();
    const rows = byId("rows"), shown = this.article.items.filter((item) => this.matches(item));
    rows.replaceChildren();
    for (const node of articleRows(this)) rows.append(node); // not all as arguments: there may be too many
    rows.classList.toggle("many", this.article.items.length > 400);
    [...this.buttons.values()][0]?.setAttribute("tabindex", "0");
    const all = bySentence(this.article).length, left = new Set(shown.map((item) => item.row.sentence)).size;
    byId("minimum-is").textContent = percent(this.filters.minimum);
    byId("count").textContent = left === all ? `all ${counted(all, "sentence")}` : `${left} of ${counted(all, "sentence")}`;
    const speakers = speakerList(this, this.open);
    byId("speakers").replaceChildren(...(speakers.length ? speakers : [el("li", { class: "note" }, "Nobody but the outlet.")]));
    this.drawNetwork();
    this.mark();
    this.tell();
  }

  drawNetwork() {
    const place = byId("network"), wide = place.clientWidth || 320;
    this.drawnAt = wide;
    place.replaceChildren(...networkNodes(this, Math.max(260, wide)));
  }

  tell() {
    const corrected = this.articles.flatMap((article) => article.items).filter(isCorrected).length;
    byId("corrections").textContent = corrected ? `${counted(corrected, "corrected record")} in them${this.isUnsaved ? ", not downloaded yet" : ""}.` : "";
  }

  /** Show a record's labels in the panel; `null` shows none. */
  pick(item, isKept = false) {
    if (this.isEditing && item !== this.item) {
      if (!isKept) return;
      this.isEditing = false;
    }
    this.item = item;
    this.isKept = isKept && item !== null;
    const panel = byId("panel");
    panel.classList.toggle("kept", this.isKept);
    byId("panel-title").textContent = item ? `Sentence ${item.row.sentence + 1}` : "Labels";
    byId("close").hidden = !item;
    const hint = el("p", { class: "note" }, "Point at a sentence, tap it, or go to its marks with Tab and the arrow keys: its labels and scores come here.");
    byId("facts").replaceChildren(...(item ? this.panelNodes(item) : [hint]));
    this.mark();
  }

  panelNodes(item) {
    if (this.isEditing) return [correctionForm(this, item, (labels) => this.save(item, labels), () => this.edit(false))];
    const change = el("button", { type: "button", id: "change" }, "Correct");
    change.addEventListener("click", () => this.edit(true));
    const buttons = el("div", { class: "buttons" }, change);
    if (isCorrected(item)) {
      const back = el("button", { type: "button" }, "Undo the correction");
      back.addEventListener("click", () => this.save(item, null));
      buttons.append(back);
    }
    return [el("p", { class: "quote" }, isolated(shorten(item.row.text, 240))), facts(this, item), buttons];
  }

  edit(isEditing) {
    this.isEditing = isEditing;
    this.pick(this.item, true);
    byId(isEditing ? "new-speaker" : "change")?.focus();
  }

  save(item, labels) {
    correctSentence(item, labels, this.data.tasks);
    this.isUnsaved = true;
    this.isEditing = false;
    this.refill();
    this.draw();
    this.pick(item, true);
    byId("change").focus();
  }

  mark() {
    for (const node of byId("rows").querySelectorAll(".picked")) {
      node.classList.remove("picked");
      for (const button of node.querySelectorAll(".pick")) button.setAttribute("aria-pressed", "false");
    }
    const button = this.item && this.buttons?.get(this.item);
    if (!button) return;
    button.closest(".row").classList.add("picked");
    button.setAttribute("aria-pressed", String(this.isKept));
  }

  clearFilters() {
    this.filters = { speaker: "", claim_type: "", stance: "", minimum: 0 };
    byId("minimum").value = "0";
    this.refill();
    this.draw();
  }

  /** Bring a record's sentence into sight, without filters where they hide it. */
  jump(item) {
    if (!this.buttons.has(item)) this.clearFilters();
    this.pick(item, true);
    this.stop(this.buttons.get(item));
    this.buttons.get(item).closest(".row").scrollIntoView({ block: "center" });
  }

  /** Make `button` the one that Tab reaches, and go to it. */
  stop(button) {
    for (const other of this.buttons.values()) other.setAttribute("tabindex", "-1");
    button.setAttribute("tabindex", "0");
    button.focus({ preventScroll: true });
  }
}

const titleOf = (article) => String(article.meta.title || article.id);
