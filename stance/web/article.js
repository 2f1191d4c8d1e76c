// The article, sentence by sentence, and who speaks in it. Text goes into the document as text and never as markup.

const OVERRIDE = /[\u202d\u202e]/u;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\p{Surrogate}/gu;
const OUTLET = "the outlet";
const SIDES = new Map([[1, ["for", "+"]], [-1, ["against", "−"]]]);
const TERMS = { speaker: "speaker", claim_type: "claim type", stance: "stance", target: "target" };

const byId = (id) => document.getElementById(id);
const percent = (score) => `${Math.round(100 * score)} %`;
const counted = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

/** An element; attributes that are null or false are left out. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** For places that hold no elements: controls and overrides of direction become U+FFFD. */
const plain = (text) => String(text).replace(CONTROL, "\ufffd").replace(new RegExp(OVERRIDE, "gu"), "\ufffd");
const isolated = (text) => el("bdi", null, ...pieces(String(text), 0));

/** `text` as spans that know where they begin; overrides of direction are shown and not obeyed. */
function pieces(text, at, classes) {
  const out = [];
  for (const part of text.split(/([\u202d\u202e])/u).filter(Boolean)) {
    const isOverride = OVERRIDE.test(part);
    const shown = isOverride ? `U+${part.codePointAt(0).toString(16).toUpperCase()}` : part.replace(CONTROL, "\ufffd");
    out.push(el("span", { class: isOverride ? "control" : classes || null, "data-at": at }, shown));
    at += countPoints(part);
  }
  return out;
}

const shorten = (text, limit) => {
  const flat = text.split(/\s+/u).filter(Boolean).join(" "), points = Array.from(flat.slice(0, 2 * limit + 2));
  return points.length > limit ? `${points.slice(0, limit - 1).join("").trimEnd()}…` : flat;
};

/** Speakers in the order in which they first speak -> number of their colour. */
function speakersOf(article, hues) {
  const names = new Set(article.items.map((item) => item.row.speaker).filter((name) => name !== null));
  return new Map([...names].map((name, i) => [name, i % hues]));
}

/** Spans of all speakers' names in the whole text, in order: [start, end, classes]. */
function namesIn(article, hues) {
  const found = [];
  for (const [name, hue] of hues) {
    const width = countPoints(name);
    for (const unit of occurrences(article.text.raw, name)) {
      const start = article.text.point(unit);
      found.push([start, start + width, `name i${hue}`]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]);
}

/** The sentence with the words that name speakers and targets. */
function markedSentence(view, items) {
  const { start, end } = items[0].row, marks = [];
  for (const item of items) {
    const mention = spanOf(item.row, "mention"), target = spanOf(item.row, "target");
    if (mention && view.label(item, "speaker").sure) marks.push([...mention, `mention i${view.hues.get(item.row.speaker) ?? 0}`]);
    const isSure = view.label(item, "stance").sure && (isGiven(item) || view.label(item, "target").sure);
    if (target && isSure) marks.push([...target, `target ${SIDES.get(view.sign(item.row.stance))?.[0] ?? ""}`.trim()]);
  }
  marks.push(...view.namesBetween(start, end).filter((name) => !marks.some((m) => m[1] > name[0] && name[1] > m[0] && m[2].startsWith("mention"))));
  const cuts = [...new Set([start, end, ...marks.flatMap((m) => [m[0], m[1]]).map((at) => Math.min(Math.max(at, start), end))])].sort((a, b) => a - b);
  const said = el("bdi");
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const to = cuts[i + 1];
    const classes = new Set(marks.filter((m) => from >= m[0] && m[1] >= to).flatMap((m) => m[2].split(" ")));
    said.append(...pieces(view.article.text.slice(from, to), from, [...classes].join(" ")));
  }
  return said;
}

/** Claim type and stance of a record as small marks with words. */
function chips(view, item) {
  const out = [], claim = view.label(item, "claim_type"), stance = view.label(item, "stance");
  out.push(claim.sure ? chip(claim.value, "") : chip(`${TERMS.claim_type} undecided`, "open"));
  if (stance.sure) {
    const [side, symbol] = SIDES.get(view.sign(stance.value)) ?? [view.sign(stance.value) === 0 ? "quiet" : "", ""];
    const isNamed = item.row.target !== null && (isGiven(item) || view.label(item, "target").sure);
    out.push(chip(`${symbol} ${stance.value}${isNamed ? `: ${shorten(item.row.target, 80)}` : ""}`.trim(), side));
  } else {
    out.push(chip(`${TERMS.stance} undecided`, "open"));
  }
  if (isCorrected(item)) out.push(chip("✎ corrected", "mine"));
  return out;
}

const chip = (words, kind) => el("span", { class: `chip ${kind}`.trim() }, isolated(words), " ");

/** The button that stands for a record: its marks; focus shows its scores, a press keeps them. */
function pickButton(view, item) {
  const name = el("span", { class: "unseen" }, `Sentence ${item.row.sentence + 1}: `);
  const button = el("button", { type: "button", class: "pick", tabindex: "-1", "aria-pressed": "false", "aria-controls": "panel" }, name, ...chips(view, item));
  view.buttons.set(item, button);
  view.items.set(button, item);
  return button;
}

/** The list of sentences that pass the filters; what is left out is counted in its place. */
function articleRows(view) {
  const { article } = view, out = [];
  let at = 0, before = null, hidden = 0;
  const close = () => {
    if (hidden) out.push(el("li", { class: "gap" }, `${counted(hidden, "sentence")} left out by the filters`));
    hidden = 0;
  };
  for (const items of bySentence(article)) {
    const { start, end } = items[0].row, gap = start > at ? article.text.slice(at, start) : "";
    const shown = items.filter((item) => view.matches(item));
    if (gap.trim()) {
      close();
      out.push(el("li", { class: "rest" }, isolated(gap.trim())));
    }
    if (shown.length) {
      close();
      const isFresh = /\n/.test(gap) || Boolean(gap.trim()) || out.at(-1)?.className === "gap";
      out.push(sentenceRow(view, shown, isFresh, before));
      before = shown[0].row.speaker;
    } else {
      hidden += 1;
    }
    at = Math.max(at, end);
  }
  close();
  const tail = article.text.slice(at, article.text.length).trim();
  if (tail) out.push(el("li", { class: "rest" }, isolated(tail)));
  return out;
}

function bySentence(article) {
  const groups = new Map();
  for (const item of article.items) {
    const key = `${item.row.start} ${item.row.end}`;
    if (groups.has(key)) groups.get(key).push(item); else groups.set(key, [item]);
  }
  return [...groups.values()];
}

/** `before` speaks in the sentence before; the name is said where another begins, and in a new paragraph. */
function sentenceRow(view, items, isFresh, before) {
  const { row } = items[0], speaker = view.label(items[0], "speaker");
  const hue = speaker.sure ? view.hues.get(row.speaker) : undefined;
  const who = el("div", { class: "who" });
  if (hue !== undefined && (isFresh || row.speaker !== before)) who.append(el("span", { class: `i${hue}` }, isolated(shorten(row.speaker, 80))));
  if (speaker.sure && row.speaker === null && before !== null) who.append(el("span", { class: "note" }, OUTLET));
  if (!speaker.sure) who.append(chip(`${TERMS.speaker} undecided`, "open"));
  const said = el("div", { class: "said" }, markedSentence(view, items));
  const sides = new Set(items.filter((item) => view.label(item, "stance").sure).map((item) => SIDES.get(view.sign(item.row.stance))?.[0]));
  const side = sides.size === 1 ? [...sides][0] : undefined;
  const classes = ["row", isFresh && "new", hue !== undefined && `h${hue}`, side && `said-${side}`].filter(Boolean).join(" ");
  const node = el("li", { class: classes }, who, said, el("div", { class: "what" }, ...items.map((item) => pickButton(view, item))));
  view.rows.set(node, items[0]);
  return node;
}

/** Who speaks, and what each puts forward. */
function speakerList(view, open) {
  const said = new Map();
  for (const item of view.article.items.filter((item) => view.matches(item))) {
    const speaker = view.label(item, "speaker");
    if (!speaker.sure || speaker.value === null) continue;
    if (said.has(speaker.value)) said.get(speaker.value).push(item); else said.set(speaker.value, [item]);
  }
  return [...said].map(([name, items]) => {
    const hue = view.hues.get(name), kinds = new Map();
    for (const item of items) {
      const claim = view.label(item, "claim_type");
      if (claim.sure) kinds.set(claim.value, (kinds.get(claim.value) ?? 0) + 1);
    }
    const summary = [...kinds].sort((a, b) => b[1] - a[1]).map(([kind, n]) => `${plain(kind)} ${n}`).join(", ");
    const claims = el("ul");
    const fill = () => claims.replaceChildren(...items.map((item) => claim(view, item)));
    const details = el("details", { open: open.has(name) },
      el("summary", null, el("b", { class: `i${hue}` }, isolated(shorten(name, 80))), " ", el("span", null, `${counted(items.length, "sentence")}${summary ? ": " : ""}${summary}`)),
      claims);
    details.addEventListener("toggle", () => {
      if (details.open) fill();
      if (details.open) open.add(name); else open.delete(name);
    });
    return el("li", { class: `h${hue}` }, details);
  });
}

function claim(view, item) {
  const jump = el("button", { type: "button", class: "jump" }, isolated(shorten(item.row.text, 160)));
  jump.addEventListener("click", () => view.jump(item));
  return el("li", null, jump, el("span", { class: "what" }, ...chips(view, item)));
}
