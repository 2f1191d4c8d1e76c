// Records: text by code points, labels, corrections, files. Nothing here touches the document.
// All scripts of this folder are joined into one and stand inside the page, so they hold no "less than" sign.

const NOTHING_YET = { columns: [], tasks: [], claim_types: [], stances: {}, model: "", hues: 1, articles: [] };

/** A text whose offsets are Unicode code points, as in records; JavaScript counts UTF-16 units. */
class Text {
  constructor(text) {
    this.raw = text;
    this.units = null;
    if (!/[\ud800-\udfff]/.test(text)) return;
    const units = [0];
    for (const point of text) units.push(units.at(-1) + point.length);
    this.units = Uint32Array.from(units);
  }

  get length() {
    return this.units ? this.units.length - 1 : this.raw.length;
  }

  slice(start, end) {
    if (!this.units) return this.raw.slice(start, end);
    const last = this.length;
    return this.raw.slice(this.units[Math.min(start, last)], this.units[Math.min(end, last)]);
  }

  /** The code point that begins at a UTF-16 unit. */
  point(unit) {
    if (!this.units) return unit;
    let low = 0, high = this.units.length - 1;
    while (high > low) {
      const middle = (low + high) >> 1;
      if (unit > this.units[middle]) low = middle + 1; else high = middle;
    }
    return low;
  }
}

const countPoints = (text) => new Text(text).length;

/** Where `words` stand in `text` as whole words, in UTF-16 units. */
function occurrences(text, words) {
  const found = [];
  if (!words) return found;
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + words.length)) {
    const before = text.slice(Math.max(0, at - 2), at), after = text.slice(at + words.length, at + words.length + 2);
    if (!/[\p{L}\p{N}]$/u.test(before) && !/^[\p{L}\p{N}]/u.test(after)) found.push(at);
  }
  return found;
}

/** The span of `words` in the sentence of `row`, whole words first; null where they are not in it. */
function findWords(article, row, words) {
  const sentence = new Text(article.text.slice(row.start, row.end));
  const at = occurrences(sentence.raw, words)[0] ?? sentence.raw.indexOf(words);
  if (!words || at === -1) return null;
  const start = row.start + sentence.point(at);
  return [start, start + countPoints(words)];
}

const tasksOf = (row) => new Set(String(row.labelled ?? "").split(",").map((task) => task.trim()).filter(Boolean));
const spanOf = (row, name) => (row[`${name}_start`] === null ? null : [row[`${name}_start`], row[`${name}_end`]]);
const sameSpan = (a, b) => (a === null || b === null ? a === b : a[0] === b[0] && a[1] === b[1]);

/** A labelled sentence on the page: `row` as it is now, `first` as it came. */
function asItem(article, row) {
  const first = { ...row, text: article.text.slice(row.start, row.end) };
  return { article, first, row: first, tasks: tasksOf(first) };
}

function asArticle(data) {
  const article = { id: data.id, text: new Text(data.text), meta: data.meta ?? {}, items: [] };
  article.items = data.records.map((row) => asItem(article, row)).sort((a, b) => a.row.start - b.row.start || a.row.end - b.row.end);
  return article;
}

/** Whether the target was asked for, so that the row does not decide it. */
const isGiven = (item) => item.first.target !== null && !tasksOf(item.first).has("target");

/**
 * Set what a person says of a sentence. `labels` holds, for each task, `{value, span}`; a task that it lacks is undecided.
 * A label that stays as it came keeps its score; one that is changed has none.
 */
function correct(item, labels, tasks) {
  const row = { ...item.first }, before = tasksOf(item.first), after = new Set(before);
  let changed = false;
  for (const task of tasks) {
    if (task === "target" && isGiven(item)) continue;
    const label = labels[task], words = { speaker: "mention", target: "target" }[task];
    const same = label === undefined
      ? !before.has(task)
      : before.has(task) && label.value === row[task] && (!words || sameSpan(label.span, spanOf(row, words)));
    if (same) continue;
    changed = true;
    row[task] = label?.value ?? null;
    row[`${task}_score`] = null;
    if (words) [row[`${words}_start`], row[`${words}_end`]] = label?.span ?? [null, null];
    if (label === undefined) after.delete(task); else after.add(task);
  }
  const others = [...after].filter((task) => !tasks.includes(task));
  row.labelled = [...tasks.filter((task) => after.has(task)), ...others].join(",");
  item.row = changed ? row : item.first;
  item.tasks = tasksOf(item.row);
}

/** What a row says, as `correct` takes it. */
function labelsOf(row, tasks) {
  const decided = tasksOf(row), words = { speaker: "mention", target: "target" };
  const said = (task) => ({ value: row[task], span: words[task] ? spanOf(row, words[task]) : null });
  return Object.fromEntries(tasks.filter((task) => decided.has(task)).map((task) => [task, said(task)]));
}

/**
 * Correct a record; `labels` null takes the correction back. Who speaks and what kind of claim it is are the sentence's, so
 * its other records (those of other targets) say the same.
 */
function correctSentence(item, labels, tasks) {
  const said = labels ?? labelsOf(item.first, tasks);
  const siblings = item.article.items.filter((other) => other !== item && sameSpan([other.row.start, other.row.end], [item.row.start, item.row.end]));
  correct(item, said, tasks);
  for (const other of siblings) correct(other, { ...labelsOf(other.row, tasks), speaker: said.speaker, claim_type: said.claim_type }, tasks);
}

const isCorrected = (item) => item.row !== item.first;

/** Rows with the contract's columns in their order, then the others. */
function ordered(rows, columns) {
  const names = [...new Set([...columns, ...rows.flatMap(Object.keys)])];
  return { names, rows: rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null]))) };
}

function cell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asCsv(rows, columns) {
  const made = ordered(rows, columns);
  return [made.names, ...made.rows.map((row) => made.names.map((name) => row[name]))].map((line) => `${line.map(cell).join(",")}\n`).join("");
}

const asLines = (objects) => objects.map((object) => `${JSON.stringify(object)}\n`).join("");
const asJsonl = (rows, columns) => asLines(ordered(rows, columns).rows);
