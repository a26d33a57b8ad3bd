// The annotate page in the browser: draws the item, listens to the keys, and sends each answer to
// the server in order. The next text is there at once; "Saved" appears when the store has the answer.
const RETRY_MS = 8000, IDLE_MS = 5000, MANY = 20;
const root = () => document.getElementById('wb-annotate');
const view = {
  items: [], labels: [], words: {}, progress: {}, skips: [], kind: 'single', waiting: '',
  outbox: [], sending: [], answered: new Set(), picked: new Set(), skipping: false,
  note: '', noting: false, filter: '', mark: '', problem: '', number: 0, shown: '', since: 0, timer: 0,
};
const escapeHtml = (value) => String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const current = () => view.items[0];

function flush() {
  if (view.sending.length || !view.outbox.length) return;
  view.sending = view.outbox.splice(0);
  dispatch();
}
function dispatch() {
  trigger('commands', { commands: view.sending });
  clearTimeout(view.timer);
  view.timer = setTimeout(() => {
    if (!view.sending.length) return;
    view.problem = view.words.offline;
    // an undo may have been done although its answer was lost: it is not asked for twice
    view.sending = view.sending.filter((command) => command.do !== 'undo');
    draw();
    if (view.sending.length) dispatch(); else flush();
  }, RETRY_MS);
}
function send(command) {
  view.number += 1;
  view.outbox.push({ id: `${Date.now()}-${view.number}`, ...command });
  view.mark = view.words.saving;
  flush();
  draw();
}
function answer(command) {
  const item = current();
  if (!item) return;
  const seconds = (performance.now() - view.since) / 1000;
  view.answered.add(item.uid);
  view.items.shift();
  if (view.progress.batch_done < view.progress.batch_total) view.progress.batch_done += 1;
  view.progress.today += 1;
  send({ uid: item.uid, seconds, note: view.note, ...command });
}
function submit(names) { if (names.length) answer({ do: 'submit', target: names }); }
function choose(name) {
  if (view.kind !== 'multi') return submit([name]);
  if (!view.picked.delete(name)) view.picked.add(name);
  draw();
}
function accept() {
  if (view.kind === 'multi' && view.picked.size) return submit([...view.picked]);
  if (current()?.suggestion.length) submit(current().suggestion);
}
function undo() { send({ do: 'undo' }); }
function askSkip(on) { view.skipping = on; draw(); }
function openNote() { view.noting = true; draw(); root().querySelector('#wb-note').focus(); }
function closeNote() { view.noting = !!view.note; document.activeElement.blur(); draw(); }
function matching() {
  const wanted = view.filter.trim().toLowerCase();
  return view.labels.filter(([name]) => name.toLowerCase().includes(wanted));
}

function receive(state) {
  if (!state || !state.words) return;
  const done = new Set(state.done || []);
  const mine = view.sending.filter((command) => done.has(command.id));
  for (const command of mine) {
    if (state.failed[command.id]) view.problem = state.failed[command.id];
    if (command.uid) view.answered.delete(command.uid);
  }
  if (mine.length) {
    view.sending = [];
    clearTimeout(view.timer);
    if (!Object.keys(state.failed).length) view.problem = '';
    view.mark = Object.keys(state.failed).length ? '' : view.outbox.length ? view.words.saving : view.words.saved;
    if (state.undone !== undefined) view.mark = state.undone ? view.words.undone : view.words.nothing;
  }
  const busy = new Set([...view.outbox, ...view.sending].map((command) => command.uid));
  const { words, labels, kind, skips, waiting } = state;
  Object.assign(view, { words, labels, kind, skips: skips || [], waiting: waiting || '' });
  let items = state.items.filter((item) => !busy.has(item.uid));
  if (state.undone) items.sort((a, b) => (b.uid === state.undone) - (a.uid === state.undone));
  else if (current()) items.sort((a, b) => (b.uid === view.shown) - (a.uid === view.shown));
  view.items = items;
  if (!view.outbox.length) view.progress = state.progress;
  view.loaded = true;
  flush();
  draw();
}

function skeleton() {
  root().innerHTML = `
    <div class="wb-bar"><div class="wb-progress"><i></i></div><span class="wb-count"></span>
      <span class="wb-mark" role="status"></span></div>
    <div class="wb-problem" hidden></div>
    <article class="wb-item"><p class="wb-text"></p></article>
    <div class="wb-suggest"></div>
    <input id="wb-filter" type="search" autocomplete="off" hidden>
    <div class="wb-labels"></div>
    <div class="wb-skips" hidden></div>
    <textarea id="wb-note" rows="2" hidden></textarea>
    <div class="wb-actions"></div>
    <p class="wb-help"></p>`;
  root().querySelector('#wb-filter').oninput = (event) => { view.filter = event.target.value; draw(); };
  root().querySelector('#wb-note').oninput = (event) => { view.note = event.target.value; };
  root().onclick = (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    button.blur();
    const { label, reason, act } = button.dataset;
    if (label !== undefined) choose(label);
    else if (reason) { view.skipping = false; answer({ do: 'skip', reason }); }
    else ({ accept, undo, skip: () => askSkip(!view.skipping), note: openNote })[act]();
  };
}
function keyed(attribute, key, words, extra = '') {
  return `<button type="button" ${attribute} class="${extra}">${key ? `<kbd>${key}</kbd>` : ''}`
    + `<span>${escapeHtml(words)}</span></button>`;
}
function draw() {
  if (!root()) return;
  if (!root().firstElementChild) skeleton();
  const part = (selector) => root().querySelector(selector);
  const w = view.words, item = current();
  if (item && item.uid !== view.shown) {
    view.shown = item.uid; view.since = performance.now();
    view.note = ''; view.noting = false; view.picked.clear(); view.skipping = false; view.filter = '';
    part('#wb-note').value = ''; part('#wb-filter').value = '';
  }
  if (!item) view.shown = '';
  const { batch_done: done = 0, batch_total: total = 0, today = 0 } = view.progress;
  part('.wb-progress i').style.width = total ? `${(100 * done) / total}%` : '0';
  part('.wb-count').textContent = view.loaded ? `${w.batch} ${done} / ${total} · ${w.today} ${today}` : '';
  part('.wb-mark').textContent = view.mark;
  part('.wb-problem').hidden = !(view.problem || view.waiting);
  part('.wb-problem').textContent = view.problem || view.waiting;
  part('.wb-text').textContent = item ? item.text : (view.loaded ? w.empty : '…');
  part('.wb-text').classList.toggle('wb-long', !!item && item.text.length > 280);
  part('.wb-item').dataset.uid = item ? item.uid : '';
  for (const name of ['.wb-labels', '.wb-suggest']) part(name).hidden = !item;
  part('.wb-item').classList.toggle('wb-empty', !item);
  const spans = view.kind === 'spans';
  const best = item ? item.suggestion : [];
  part('.wb-suggest').innerHTML = spans ? escapeHtml(w.spans) : best.length
    ? `${escapeHtml(w.suggests)} <b>${escapeHtml(best.join(', '))}</b>`
      + (item.confidence == null ? '' : ` <span class="wb-sure">${Math.round(100 * item.confidence)} %</span> `)
      + keyed('data-act="accept"', 'Enter', w.accept)
    : `<span class="wb-quiet">${escapeHtml(item && item.blind ? w.blind : w.no_model || '')}</span>`;
  if (view.kind === 'multi' && view.picked.size)
    part('.wb-suggest').innerHTML = keyed('data-act="accept"', 'Enter', w.submit);
  part('#wb-filter').hidden = !item || view.labels.length <= MANY;
  part('#wb-filter').placeholder = w.filter || '';
  part('.wb-labels').classList.toggle('wb-many', view.labels.length > MANY);
  part('.wb-labels').innerHTML = spans ? '' : matching().map(([name, key]) => keyed(
    `data-label="${escapeHtml(name)}"`, key,
    name, (best.includes(name) ? 'wb-best ' : '') + (view.picked.has(name) ? 'wb-picked' : ''))).join('');
  part('.wb-skips').hidden = !view.skipping || !item;
  part('.wb-skips').innerHTML = `<b>${escapeHtml(w.why_skip || '')}</b>` + view.skips.map((reason, index) =>
    keyed(`data-reason="${reason}"`, index + 1, w[reason])).join('') + keyed('data-act="skip"', 'Esc', w.back || '');
  part('#wb-note').hidden = !view.noting;
  part('#wb-note').placeholder = w.note_hint || '';
  part('.wb-actions').innerHTML = !view.loaded ? '' : (item
    ? keyed('data-act="skip"', 'S', w.skip) + keyed('data-act="note"', 'N', w.note) : '')
    + keyed('data-act="undo"', 'Z', w.undo);
  part('.wb-help').textContent = item ? w.help : '';
}

function onKey(event) {
  if (!root()) { document.removeEventListener('keydown', onKey); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const field = event.target.closest('input, textarea, select, [contenteditable="true"]');
  if (field) {
    if (field.id === 'wb-filter' && event.key === 'Enter' && matching().length) {
      field.blur(); choose(matching()[0][0]);
    } else if (event.key === 'Escape' && root().contains(field)) closeNote();
    else return;
    event.preventDefault();
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = view.skipping
    ? { Escape: () => askSkip(false), s: () => askSkip(false) }[key]
      || (view.skips[key - 1] && (() => { view.skipping = false; answer({ do: 'skip', reason: view.skips[key - 1] }); }))
    : { Enter: accept, z: undo, s: () => askSkip(true), n: openNote,
        '/': () => root().querySelector('#wb-filter').focus() }[key]
      || (view.labels.some(([, k]) => k === key) && (() => choose(view.labels.find(([, k]) => k === key)[0])));
  if (!act || (!current() && act !== undo) || (view.kind === 'spans' && act !== undo)) return;
  if (key === 'Enter' && event.target.closest('a, button')) return;
  event.preventDefault();
  act();
}

document.addEventListener('keydown', onKey);
window.addEventListener('beforeunload', (event) => {
  if (view.outbox.length || view.sending.length) event.preventDefault();
});
setInterval(() => { if (root() && !current() && !view.sending.length) trigger('commands', { commands: [] }); }, IDLE_MS);
watch('value', () => receive(props.value));
receive(props.value);
draw();
