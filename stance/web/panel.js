// The labels of one sentence with their scores, and the form that corrects them.

const UNDECIDED = "undecided", ANOTHER = "another";
const asOption = (value) => JSON.stringify(value);
const option = (value, words) => el("option", { value }, plain(words));

/** What is known of a record, for reading. */
function facts(view, item) {
  const list = el("dl");
  for (const task of view.data.tasks) {
    const { decided, sure, value, score } = view.label(item, task);
    const isAsked = task === "target" && isGiven(item);
    const shown = el("dd");
    if (!decided && !isAsked) shown.append(el("i", null, "undecided"));
    else shown.append(value === null ? nothing(task) : isolated(value));
    if (isAsked) shown.append(el("span", { class: "note" }, " asked for"));
    else if (decided && score !== null) shown.append(...meter(TERMS[task], score, sure));
    else if (decided) shown.append(el("span", { class: "note" }, " no score: by a person"));
    const fact = el("div", null, el("dt", null, TERMS[task]), shown);
    list.append(fact);
    const name = { speaker: "mention", target: "target" }[task], span = name && spanOf(item.row, name);
    if (span) {
      const words = item.article.text.slice(...span);
      fact.append(el("dt", { class: "minor" }, task === "speaker" ? "named by" : "its words"), el("dd", null, isolated(shorten(words, 200))));
    }
  }
  return list;
}

const nothing = (task) => el("span", { class: "note" }, task === "speaker" ? `${OUTLET}’s own voice` : "none");

function meter(term, score, sure) {
  const bar = el("meter", { min: 0, max: 1, value: score, "aria-label": `${term}: probability` });
  return [el("span", { class: "score" }, bar, ` ${percent(score)}`, sure ? "" : " (below the minimum)")];
}

/** The form that corrects a record. `done(labels)` takes what a person says; see `correct`. */
function correctionForm(view, item, done, cancel) {
  const form = el("form", { class: "correct", autocomplete: "off" }), fields = correctionFields(view, item);
  const wrong = el("p", { class: "wrong", role: "alert" });
  const save = el("button", { class: "main" }, "Save"), leave = el("button", { type: "button" }, "Cancel");
  leave.addEventListener("click", cancel);
  form.append(...fields.nodes, wrong, el("div", { class: "buttons" }, save, leave));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      done(fields.read());
    } catch (error) {
      wrong.textContent = error.message;
    }
  });
  return form;
}

function correctionFields(view, item) {
  const speaker = speakerFields(view, item);
  const claim = choice("claim_type", view.choices("claim_type", item), item);
  const stance = choice("stance", view.choices("stance", item), item);
  const target = targetFields(view, item);
  const follow = () => target.enable(stanceTakesTarget(view, stance.read()));
  stance.select.addEventListener("change", follow);
  follow();
  const read = () => {
    const labels = { speaker: speaker.read(), claim_type: claim.read(), stance: stance.read() };
    const takes = stanceTakesTarget(view, labels.stance);
    if (takes === false) labels.target = { value: null, span: null };
    else if (takes) labels.target = target.read(view.sign(labels.stance.value) !== undefined);
    return labels;
  };
  const nodes = [...speaker.nodes, claim.node, ...(stance.select.options.length > 1 ? [stance.node, ...target.nodes] : [])];
  return { nodes, read };
}

/** True: it needs one, or may have one; false: it has none; undefined: nobody says. */
function stanceTakesTarget(view, stance) {
  return stance === undefined ? undefined : view.sign(stance.value) !== 0;
}

function choice(task, names, item) {
  const select = el("select", { id: `new-${task}` }, ...names.map((name) => option(asOption(name), name)), option(UNDECIDED, UNDECIDED));
  select.value = item.tasks.has(task) ? asOption(item.row[task]) : UNDECIDED;
  const read = () => (select.value === UNDECIDED ? undefined : { value: JSON.parse(select.value) });
  return { node: field(TERMS[task], select), select, read };
}

const field = (words, input) => el("div", { class: "field" }, el("label", { for: input.id }, words), input);

function speakerFields(view, item) {
  const names = [...view.hues.keys()];
  const select = el("select", { id: "new-speaker" }, option(asOption(null), `${OUTLET}’s own voice`),
    ...names.map((name) => option(asOption(name), shorten(name, 60))), option(ANOTHER, "another name…"), option(UNDECIDED, UNDECIDED));
  select.value = item.tasks.has("speaker") ? asOption(item.row.speaker) : UNDECIDED;
  const other = el("input", { id: "new-name", dir: "auto" }), otherField = field("name of the speaker", other);
  const words = wordsField("new-mention", "words that name the speaker", item, spanOf(item.row, "mention"));
  const name = () => (select.value === ANOTHER ? other.value.trim() : select.value === UNDECIDED ? null : JSON.parse(select.value));
  let before = name();
  const follow = () => {
    otherField.hidden = select.value !== ANOTHER;
    words.enable(select.value !== UNDECIDED && select.value !== asOption(null));
  };
  const changed = () => {
    follow();
    words.offer(name(), before);
    before = name();
  };
  select.addEventListener("change", changed);
  other.addEventListener("change", changed);
  follow();
  const read = () => {
    if (select.value === UNDECIDED) return undefined;
    if (select.value === ANOTHER && !name()) throw new Error("Give the name of the speaker.");
    return { value: name(), span: name() === null ? null : words.read() };
  };
  return { nodes: [field(TERMS.speaker, select), otherField, words.node], read };
}

function targetFields(view, item) {
  const known = [...new Set([...view.article.items.map((each) => each.row.target), ...view.hues.keys()])].filter((name) => name !== null);
  const list = el("datalist", { id: "known-targets" }, ...known.map((name) => el("option", { value: plain(name) })));
  const input = el("input", { id: "new-target", list: "known-targets", dir: "auto", value: item.row.target ?? "" });
  const words = wordsField("new-target-words", "words of the target", item, spanOf(item.row, "target"));
  let before = item.row.target;
  input.addEventListener("change", () => {
    words.offer(input.value.trim(), before);
    before = input.value.trim();
  });
  const enable = (takes) => {
    input.disabled = isGiven(item) || takes !== true;
    words.enable(!input.disabled);
  };
  const read = (isNeeded) => {
    const value = input.value === (item.row.target ?? "") ? item.row.target : input.value.trim();
    if (value) return { value, span: words.read() };
    const wasOpen = !item.tasks.has("target");
    if (isNeeded && !wasOpen && !isGiven(item)) throw new Error("Say what the stance is about, or choose a stance that has no target.");
    return wasOpen ? undefined : { value: null, span: null };
  };
  return { nodes: [field(TERMS.target, input), list, words.node], enable, read };
}

/** A field for words of the sentence; knows which of several equal ones is meant as long as nobody types. */
function wordsField(id, words, item, span) {
  const { text } = item.article;
  const input = el("input", { id, dir: "auto" });
  const use = el("button", { type: "button" }, "Use what is selected");
  const set = (chosen) => {
    span = chosen;
    input.value = chosen ? text.slice(...chosen) : "";
  };
  use.addEventListener("mousedown", (event) => event.preventDefault());
  use.addEventListener("click", () => {
    const chosen = selectedSpan(item);
    if (chosen) set(chosen);
  });
  const read = () => {
    if (!input.value) return null;
    // A field shows a line break as nothing, so what it was filled with is compared as it shows it.
    if (span && input.value === text.slice(...span).replace(/[\r\n]/g, "")) return span;
    const found = findWords(item.article, item.row, input.value);
    if (!found) throw new Error(`${words}: “${shorten(input.value, 40)}” does not stand in the sentence; write it as it stands there, or leave it empty.`);
    return found;
  };
  const offer = (name, before) => {
    const found = name ? findWords(item.article, item.row, name) : null;
    if (found || !name || input.value === before) set(found);
  };
  const enable = (on) => {
    input.disabled = use.disabled = !on;
  };
  set(span);
  return { node: el("div", { class: "field" }, el("label", { for: id }, words), el("div", { class: "joined" }, input, use)), read, offer, enable };
}

/** The selected words of the sentence, trimmed; null where nothing of it is selected. */
function selectedSpan(item) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0), { text } = item.article;
  let start = offsetOf(range.startContainer, range.startOffset), end = offsetOf(range.endContainer, range.endOffset);
  if (start === null) return null;
  start = Math.max(start, item.row.start);
  end = Math.min(end ?? item.row.end, item.row.end);
  while (end > start && !text.slice(start, start + 1).trim()) start += 1;
  while (end > start && !text.slice(end - 1, end).trim()) end -= 1;
  return end > start ? [start, end] : null;
}

/** The code point of the article at a place of the document; null outside its text. */
function offsetOf(node, offset) {
  const isText = node.nodeType === Node.TEXT_NODE;
  const piece = (isText ? node.parentElement : node).closest("#rows [data-at]");
  if (!piece) return null;
  const at = Number(piece.dataset.at);
  if (piece.classList.contains("control")) return at + (offset > 0 ? 1 : 0);
  return at + countPoints(isText ? node.data.slice(0, offset) : offset > 0 ? piece.textContent : "");
}
