// Who is for and against what: speakers at the left, targets at the right, signed ties between them.

const SHOWN_SPEAKERS = 8, SHOWN_TARGETS = 10, ROW = 30;

const svg = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

/** Ties of the sentences that are shown: {speaker, target, sign, n}, the heaviest first. */
function ties(view) {
  const found = new Map();
  for (const item of view.article.items.filter((each) => view.matches(each))) {
    const speaker = view.label(item, "speaker"), stance = view.label(item, "stance"), sign = view.sign(stance.value);
    const isTarget = item.row.target !== null && (isGiven(item) || view.label(item, "target").sure);
    if (!speaker.sure || speaker.value === null || !stance.sure || !sign || !isTarget) continue;
    const key = JSON.stringify([speaker.value, item.row.target, sign]);
    const tie = found.get(key) ?? { speaker: speaker.value, target: item.row.target, sign, n: 0 };
    tie.n += 1;
    found.set(key, tie);
  }
  return [...found.values()].sort((a, b) => b.n - a.n);
}

/** The ties to draw: every speaker's heaviest first, as many as the picture holds. */
function drawable(all) {
  const ranks = new Map(), speakers = new Set(), targets = new Set();
  const ranked = all.map((tie) => {
    ranks.set(tie.speaker, (ranks.get(tie.speaker) ?? -1) + 1);
    return { tie, rank: ranks.get(tie.speaker) };
  });
  const fits = (names, name, limit) => names.has(name) || limit > names.size;
  return ranked.sort((x, y) => x.rank - y.rank || y.tie.n - x.tie.n).map(({ tie }) => tie).filter((tie) => {
    if (!fits(speakers, tie.speaker, SHOWN_SPEAKERS) || !fits(targets, tie.target, SHOWN_TARGETS)) return false;
    speakers.add(tie.speaker);
    targets.add(tie.target);
    return true;
  });
}

/** What the section "Who is for and against what" holds. */
function networkNodes(view, width) {
  const all = ties(view);
  if (!all.length) return [el("p", { class: "note" }, "No sentence that is shown has a speaker for or against a target.")];
  const drawn = drawable(all), speakers = [...new Set(drawn.map((tie) => tie.speaker))];
  // Targets stand in the order of their speakers, so that fewer ties cross.
  const place = (tie) => speakers.indexOf(tie.speaker);
  const targets = [...new Set([...drawn].sort((x, y) => place(x) - place(y)).map((tie) => tie.target))];
  const key = el("p", { class: "note" }, "Full line, +: for. Broken line, −: against. The number counts sentences.");
  if (all.length > drawn.length) key.append(` Drawn are ${drawn.length} of ${counted(all.length, "tie")}.`);
  return [drawing(view, speakers, targets, drawn, width), key, tieTable(all)];
}

function drawing(view, speakers, targets, drawn, width) {
  const height = ROW * Math.max(speakers.length, targets.length) + 8, side = Math.min(190, width * 0.34);
  const y = (names, name) => (names.indexOf(name) + 0.5) * ((height - 8) / names.length) + 4;
  const picture = svg("svg", { class: "network", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${counted(drawn.length, "tie")} between ${counted(speakers.length, "speaker")} and ${counted(targets.length, "target")}; the table below says the same` });
  const letters = Math.max(6, Math.floor(side / 8.2)), most = Math.max(...drawn.map((tie) => tie.n));
  const badges = [];
  for (const [i, tie] of drawn.entries()) {
    const bend = tie.sign > 0 ? -5 : 5, from = y(speakers, tie.speaker), to = y(targets, tie.target);
    const side1 = side + 4, side2 = width - side - 4, kind = SIDES.get(tie.sign)[0];
    const path = `M${side1} ${from} C${width / 2} ${from + bend} ${width / 2} ${to + bend} ${side2} ${to}`;
    picture.append(svg("path", { class: `tie ${kind}`, d: path, "stroke-width": 1.5 + (3 * tie.n) / most, ...(tie.sign > 0 ? {} : { "stroke-dasharray": "7 4" }) }));
    // A number stands towards the end where its tie is more alone, and not at one height with its neighbour's.
    const isCrowded = drawn.filter((x) => x.speaker === tie.speaker).length > drawn.filter((x) => x.target === tie.target).length;
    const t = (isCrowded ? 0.68 : 0.3) + 0.1 * (i % 2);
    badges.push(badge(tie, bezier(side1, width / 2, side2, t), bezierY(from, to, bend, t), kind));
  }
  picture.append(...badges);
  for (const name of speakers) picture.append(nameAt(name, letters, side, y(speakers, name), "end", `i${view.hues.get(name)}`));
  for (const name of targets) picture.append(nameAt(name, letters, width - side, y(targets, name), "start", "goal"));
  return picture;
}

const bezier = (a, b, c, t) => (1 - t) ** 3 * a + 3 * (1 - t) * t * b + t ** 3 * c;
const bezierY = (from, to, bend, t) => (1 - t) ** 2 * (1 + 2 * t) * from + t ** 2 * (3 - 2 * t) * to + 3 * (1 - t) * t * bend;

function badge(tie, x, y, kind) {
  const words = `${SIDES.get(tie.sign)[1]}${tie.n}`, wide = 8 * words.length + 6;
  return svg("g", { class: `badge ${kind}` },
    svg("rect", { x: x - wide / 2, y: y - 9, width: wide, height: 18, rx: 9 }),
    svg("text", { x, y: y + 4, "text-anchor": "middle" }, words));
}

function nameAt(name, letters, x, y, anchor, kind) {
  return svg("text", { x, y: y + 4, "text-anchor": anchor, class: kind }, svg("title", {}, plain(name)), plain(shorten(name, letters)));
}

function tieTable(all) {
  const rows = all.map((tie) => el("tr", null, el("td", null, isolated(shorten(tie.speaker, 80))), el("td", null, `${SIDES.get(tie.sign)[1]} ${SIDES.get(tie.sign)[0]}`), el("td", null, isolated(shorten(tie.target, 80))), el("td", null, String(tie.n))));
  const head = el("tr", null, ...["speaker", "", "target", "sentences"].map((words) => (words ? el("th", { scope: "col" }, words) : el("td"))));
  return el("details", { class: "ties" }, el("summary", null, "As a table"), el("div", { class: "table" }, el("table", null, el("thead", null, head), el("tbody", null, ...rows))));
}
