// The annotate page in the browser: draws the item and listens to the keys. The next text is there
// at once; "Saved" appears when the store has the answer. Sending is in outbox.js.
const IDLE_MS = 4000, MANY = 20, LONG = 280;
const view = {
  items: [], labels: [], words: {}, progress: {}, skips: [], kind: 'single', next: '', waiting: '',
  history: [], known: new Map(), picked: new Set(), skipping: false, note: '', noting: false,
  filter: '', mark: '', problem: '', shown: '', since: 0, loaded: false,
};
const part = (selector) => element.querySelector(selector);
const escapeHtml = (value) => String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const current = () => view.items[0];

function answer(command) {
  const item = current(), id = uuid();
  const seconds = Math.round(performance.now() - view.since) / 1000;
  item.note = view.note;
  view.items.shift();
  view.history.push({ key: id, item });
  view.known.set(id, item);
  count(1);
  view.mark = view.words.saving;
  post({ id, uid: item.uid, seconds, note: view.note, ...command });
  draw();
}
function count(step) {
  const { batch_done: done, batch_total: total, today } = view.progress;
  view.progress.batch_done = Math.max(0, Math.min(total, done + step));
  view.progress.today = Math.max(0, today + step);
}
function submit(names) { if (names.length) answer({ do: 'submit', target: names }); }
function skip(reason) { view.skipping = false; answer({ do: 'skip', reason }); }
function choose(name) {
  if (view.kind !== 'multi') return submit([name]);
  if (!view.picked.delete(name)) view.picked.add(name);
  draw();
}
function accept() {
  if (view.kind === 'multi' && view.picked.size) return submit([...view.picked]);
  submit(current().suggestion);
}
function undo() {
  const last = view.history.pop();
  if (!last) { view.mark = view.words.nothing; return draw(); }
  count(-1);
  if (last.item) view.items = [last.item, ...view.items.filter((one) => one.uid !== last.item.uid)];
  if (withdraw(last.key)) view.mark = view.words.undone;
  else {
    view.mark = view.words.saving;
    post({ do: 'undo', of: last.key, item: last.item });
  }
  draw();
}
function askSkip(on) { view.skipping = on; draw(); }
function openNote() { view.noting = true; draw(); part('#wb-note').focus(); }
function closeField() { view.noting = !!view.note; document.activeElement.blur(); draw(); }
function matching() {
  const wanted = view.filter.trim().toLowerCase();
  return view.labels.filter(([name]) => name.toLowerCase().includes(wanted));
}

function unanswered() {
  const { words } = view, n = outbox.waiting.length;
  if (!view.loaded) return;
  view.problem = outbox.refused ? words.logged_out : words.offline;
  view.mark = n ? words.unsaved.replace('{n}', n) : '';
  draw();
}
function answered(state, sent) {
  const pending = new Map();
  for (const command of outbox.waiting) {
    if (command.uid) pending.set(command.uid, null);
    if (command.item) pending.set(command.item.uid, command.item);
  }
  const back = [...pending.values()].filter(Boolean).reverse();
  const front = state.undone || (current() ? view.shown : '');
  const fetched = state.items.filter((item) => !pending.has(item.uid))
    .map((item) => (item.uid === view.shown && current() ? current() : item))
    .sort((a, b) => (b.uid === front) - (a.uid === front));
  view.items = [...back, ...fetched];
  const { words, labels, kind, skips, next, waiting } = state;
  Object.assign(view, { words, labels, kind, skips, next, waiting, loaded: true });
  const refused = Object.values(state.failed);
  view.problem = refused.join(' ');
  if (!outbox.waiting.length) {
    view.progress = state.progress;
    view.history = state.recent.reverse().map((key) => ({ key, item: view.known.get(key) }));
    if (sent.length) view.mark = refused.length ? '' : sent.at(-1).do === 'undo' ? words.undone : words.saved;
  } else if (sent.length || !view.mark) view.mark = words.saving;
  draw();
}

function keyed(attribute, key, words, extra = '') {
  return `<button type="button" ${attribute} class="${extra}">${key ? `<kbd>${key}</kbd>` : ''}`
    + `<span>${escapeHtml(words).replaceAll('_', '_<wbr>')}</span></button>`;
}
function suggestionHtml(item) {
  const w = view.words;
  if (view.kind === 'spans') return escapeHtml(w.spans);
  if (view.kind === 'multi' && view.picked.size) return keyed('data-act="accept"', 'Enter', w.submit);
  if (!item.suggestion.length)
    return `<span class="wb-quiet">${escapeHtml(item.blind ? w.blind : w.no_model)}</span>`;
  const sure = item.confidence == null ? '' : `<span class="wb-sure">${Math.round(100 * item.confidence)} %</span>`;
  return `<span>${escapeHtml(w.suggests)} <b>${escapeHtml(item.suggestion.join(', '))}</b></span>${sure}`
    + keyed('data-act="accept"', 'Enter', w.accept, 'wb-accept');
}
function labelsHtml(item) {
  if (view.kind === 'spans') return '';
  return matching().map(([name, key], place) => keyed(
    `data-label="${escapeHtml(name)}"`, key, name,
    [item.suggestion.includes(name) && 'wb-best', view.picked.has(name) && 'wb-picked',
      view.filter && !place && 'wb-first'].filter(Boolean).join(' '))).join('');
}
function skipsHtml() {
  const reasons = view.skips.map((one, place) => keyed(`data-reason="${one}"`, place + 1, view.words[one]));
  return `<b>${escapeHtml(view.words.why_skip)}</b>${reasons.join('')}`
    + keyed('data-act="skip"', 'Esc', view.words.back);
}
function turnTo(item) {
  view.shown = item.uid;
  view.since = performance.now();
  Object.assign(view, { note: item.note || '', noting: !!item.note, skipping: false, filter: '' });
  view.picked.clear();
  part('#wb-note').value = view.note;
  part('#wb-filter').value = '';
  part('.wb-text').scrollTop = 0;
}
function draw() {
  const w = view.words, item = current();
  if (item && item.uid !== view.shown) turnTo(item);
  if (!item) view.shown = '';
  const { batch_done: done = 0, batch_total: total = 0, today = 0 } = view.progress;
  part('.wb-step').innerHTML = view.next || '';
  part('.wb-bar').hidden = !view.loaded || !total;
  part('.wb-progress i').style.width = total ? `${(100 * done) / total}%` : '0';
  part('.wb-count').textContent = `${w.batch} ${done} / ${total} · ${w.today} ${today}`;
  part('.wb-mark').textContent = view.mark;
  part('.wb-mark').dataset.unsaved = outbox.waiting.length;
  part('.wb-alert').hidden = !(view.problem || view.waiting);
  part('.wb-alert span').textContent = view.problem || view.waiting;
  part('.wb-alert a').hidden = view.problem !== w.logged_out;
  part('.wb-alert a').textContent = w.log_in || '';
  part('.wb-text').textContent = item ? item.text : view.loaded ? w.empty : '…';
  part('.wb-text').classList.toggle('wb-long', !!item && item.text.length > LONG);
  part('.wb-item').dataset.uid = item ? item.uid : '';
  part('.wb-item').classList.toggle('wb-empty', !item);
  part('.wb-suggest').innerHTML = item ? suggestionHtml(item) : '';
  part('#wb-filter').hidden = !item || view.labels.length <= MANY || view.kind === 'spans';
  part('#wb-filter').placeholder = w.filter || '';
  part('.wb-labels').classList.toggle('wb-many', view.labels.length > MANY);
  part('.wb-labels').innerHTML = item ? labelsHtml(item) : '';
  part('.wb-skips').hidden = !view.skipping || !item;
  part('.wb-skips').innerHTML = view.loaded ? skipsHtml() : '';
  part('#wb-note').hidden = !view.noting || !item;
  part('#wb-note').placeholder = w.note_hint || '';
  part('.wb-actions').innerHTML = (item && view.kind !== 'spans'
    ? keyed('data-act="skip"', 'S', w.skip) + keyed('data-act="note"', 'N', w.note) : '')
    + (view.history.length ? keyed('data-act="undo"', 'Z', w.undo) : '');
  part('.wb-help').textContent = item ? w.help : '';
}

const ACTS = { accept, undo, skip: () => askSkip(!view.skipping), note: openNote };
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  button.blur();
  const { label, reason, act } = button.dataset;
  if (label !== undefined) choose(label);
  else if (reason) skip(reason);
  else ACTS[act]();
});
part('#wb-filter').oninput = (event) => { view.filter = event.target.value; draw(); };
part('#wb-note').oninput = (event) => { view.note = event.target.value; };

function actOf(key) {
  if (view.skipping && current()) {
    const reason = view.skips[key - 1];
    return { Escape: () => askSkip(false), s: () => askSkip(false) }[key] || (reason && (() => skip(reason)));
  }
  if (key === 'z') return undo;
  if (!current() || view.kind === 'spans') return null;
  const label = view.labels.find((pair) => pair[1] === key);
  return { Enter: accept, s: () => askSkip(true), n: openNote, '/': () => part('#wb-filter').focus() }[key]
    || (label && (() => choose(label[0])));
}
function inField(field, event) {
  if (field.id === 'wb-filter' && event.key === 'Enter' && matching().length) {
    field.blur();
    choose(matching()[0][0]);
  } else if (event.key === 'Escape' && element.contains(field)) closeField();
  else return;
  event.preventDefault();
}
function onKey(event) {
  if (!element.isConnected) { document.removeEventListener('keydown', onKey); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const field = event.target.closest('input, textarea, select, [contenteditable="true"]');
  if (field) { inField(field, event); return; }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === 'Enter' && event.target.closest('a, button')) return;
  const act = actOf(key);
  if (!act) return;
  event.preventDefault();
  act();
}
document.addEventListener('keydown', onKey);
setInterval(() => { if (element.isConnected && !current() && !document.hidden) exchange(); }, IDLE_MS);
draw();
exchange();
