// The form that sends texts to the service, and the files that come out of the page.

const AT_ONCE = 20;

/** Articles of a file: a text, or JSON or JSON lines with `text` each. */
async function articlesOf(file) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name}: is not UTF-8; save it as UTF-8.`);
  }
  const stem = file.name.replace(/\.[^.]*$/, "") || file.name;
  if (!/\.(json|jsonl|ndjson)$/i.test(file.name)) return [{ id: stem, text }];
  const found = parsed(text, file.name).flat();
  return found.map((given, i) => {
    if (typeof given?.text !== "string") throw new Error(`${file.name}: article ${i + 1} has no “text”.`);
    return { ...given, id: String(given.id ?? "").trim() || `${stem}-${i + 1}` };
  });
}

function parsed(text, name) {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split("\n").map((line, i) => {
      try {
        return line.trim() ? JSON.parse(line) : [];
      } catch {
        throw new Error(`${name}, line ${i + 1}: is not JSON.`);
      }
    });
  }
}

/** Ask the service to label `articles`; gives its answer. */
async function askService(articles, targets, token) {
  const sent = articles.map(({ id, text, sentences }) => ({ id, text, ...(sentences ? { sentences } : {}) }));
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch("v1/label", { method: "POST", headers, body: JSON.stringify({ articles: sent, ...(targets.length ? { targets } : {}) }) });
  } catch {
    throw new Error("The service does not answer. Is it still running?");
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  const wait = answer.headers.get("Retry-After");
  throw Object.assign(new Error(`${found.detail ?? `The service answered ${answer.status}.`}${wait ? ` Try again in ${wait} s.` : ""}`), { status: answer.status });
}

/** What the form holds, as articles whose ids are unique on the page. */
async function asked(view) {
  const articles = (await Promise.all([...byId("files").files].map(articlesOf))).flat();
  const text = byId("text").value, taken = new Set(view.articles.map((article) => article.id));
  if (text.trim()) {
    const made = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
    articles.push({ id: `text-${made}`, text, title: shorten(text.trim().split("\n")[0], 80) });
  }
  for (const article of articles) {
    const base = article.id;
    for (let n = 2; taken.has(article.id); n += 1) article.id = `${base}-${n}`;
    taken.add(article.id);
  }
  return articles;
}

async function submit(view) {
  const told = byId("told"), articles = await asked(view);
  if (!articles.length) throw new Error("Paste a text, or choose a file.");
  const targets = byId("targets").value.split(",").map((name) => name.trim()).filter(Boolean), errors = [];
  const labelled = [];
  let model = "";
  for (let at = 0; articles.length > at; at += AT_ONCE) {
    told.textContent = articles.length > AT_ONCE ? `Labelling… ${at} of ${articles.length}` : "Labelling…";
    const part = articles.slice(at, at + AT_ONCE), known = new Map(part.map((article) => [article.id, article]));
    const found = await askService(part, targets, byId("token").value);
    const made = found.articles.map(({ id, records }) => asArticle({ id, text: known.get(id).text, meta: known.get(id), records }));
    labelled.push(...made);
    errors.push(...found.errors);
    model = found.model;
  }
  // Only now: what a later refusal left half done would be labelled again, and stand there twice.
  view.articles.push(...labelled);
  const [first] = labelled;
  told.textContent = [first && `Labelled by ${model}.`, ...errors.map(({ id, reason }) => `${id}: ${reason}`)].filter(Boolean).join(" ");
  byId("files").value = "";
  if (first) {
    view.show(first);
    byId("title").focus();
  }
}

function startForm(view) {
  const form = byId("ask");
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    try {
      await submit(view);
    } catch (error) {
      byId("told").textContent = error.message;
      if (error.status === 401) {
        byId("token-field").hidden = false;
        byId("token").focus();
      }
    } finally {
      form.setAttribute("aria-busy", "false");
    }
  });
}

/** Give the reader a file. */
function download(name, kind, text) {
  const link = el("a", { download: name, href: URL.createObjectURL(new Blob([text], { type: kind })) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function startDownloads(view) {
  const rows = () => view.articles.flatMap((article) => article.items.map((item) => item.row)), { columns } = view.data;
  const texts = () => view.articles.map((article) => ({ ...article.meta, id: article.id, text: article.text.raw }));
  const files = {
    "get-csv": ["labels.csv", "text/csv", () => asCsv(rows(), columns)],
    "get-jsonl": ["labels.jsonl", "application/jsonl", () => asJsonl(rows(), columns)],
    "get-articles": ["labels.articles.jsonl", "application/jsonl", () => asLines(texts())],
  };
  for (const [id, [name, kind, make]] of Object.entries(files)) {
    byId(id).addEventListener("click", () => {
      download(name, kind, make());
      if (id !== "get-articles") view.isUnsaved = false;
      view.tell();
    });
  }
}
