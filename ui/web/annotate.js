// The annotate page in the browser: keys and clicks. The next text is there at once; "Saved" appears
// when the store has the answer. The files before this one send, hold and draw.
const POLL_MS = 5000, IDLE_MS = 120000, ASKING_MS = 5000;

// What lies ahead of somebody who has gone away is for the others: only who is there asks for more.
let acted = Date.now();
const idle = () => view.items.length > 0 && Date.now() - acted > IDLE_MS;
function there() {
  const back = idle();
  acted = Date.now();
  if (!back) return;
  Object.assign(view, { asking: true, guard: performance.now() + ASKING_MS });
  exchange(true);
}
for (const kind of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchstart']) {
  document.addEventListener(kind, there, { capture: true, passive: true });
}

function submit(names) { if (names.length) answer({ do: 'submit', target: names }); }
function skip(reason) { if (performance.now() >= view.guard) answer({ do: 'skip', reason }); }
function choose(name) {
  if (performance.now() < view.guard) return;
  if (view.kind !== 'multi') { submit([name]); return; }
  if (!view.picked.delete(name)) view.picked.add(name);
  typed();
  draw();
}
function accept() {
  if (performance.now() < view.guard) return;
  if (view.kind === 'multi' && view.picked.size) submit([...view.picked]);
  else if (!current().was) submit(current().suggestion);
}
function askSkip() { view.skipping = !view.skipping; draw(); }
function openNote() { view.noting = true; draw(); part('#wb-note').focus(); }
function flag() { view.unclear = !view.unclear; typed(); draw(); }
function look() { if (view.near.length) showPanel('bulk'); }
function manual() {
  if (view.guideline || view.panel === 'guideline') showPanel('guideline');
}
function scroll(pages) {
  const text = part('.wb-text');
  text.scrollBy({ top: pages * 0.9 * text.clientHeight });
}
const ACTS = {
  accept, undo, skip: askSkip, note: openNote, unclear: flag, bulk: look, guideline: manual,
  history: () => showPanel('history'), search: () => showPanel('search'), close: () => showPanel(view.panel),
};
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  button.blur();
  const { label, reason, act, place } = button.dataset;
  if (place !== undefined) choosePlace(Number(place));
  else if (label !== undefined) choose(label);
  else if (reason) skip(reason);
  else ACTS[act]();
});
part('#wb-filter').oninput = (event) => { view.filter = event.target.value; draw(); };
part('#wb-note').oninput = (event) => { view.note = event.target.value; typed(); };

function inSkips(key) {
  const reason = view.skips[key - 1];
  return { Escape: askSkip, s: askSkip }[key] || (reason && (() => skip(reason)));
}
function inPanel(key) {
  if (!view.panel) return null;
  if (key === 'Escape') return ACTS.close;
  if (view.panel === 'guideline' || view.skipping) return null;
  const walk = { ArrowDown: () => move(1), ArrowUp: () => move(-1) }[key];
  const take = key === (view.panel === 'bulk' ? ' ' : 'Enter') && takePlace;
  return walk || take || null;
}
function actOf(key) {
  const inside = inPanel(key);
  if (inside) return inside;
  if (view.skipping && current()) return inSkips(key);
  const anywhere = {
    z: undo, r: ACTS.history, f: ACTS.search, h: manual, PageDown: () => scroll(1), PageUp: () => scroll(-1),
  }[key];
  if (anywhere || !current() || view.kind === 'spans') return anywhere;
  const label = view.labels.find((pair) => pair[1] === key);
  return { Enter: accept, s: askSkip, n: openNote, g: flag, b: look, '/': () => part('#wb-filter').focus() }[key]
    || (label && (() => choose(label[0])));
}
function inField(field, event) {
  const { key } = event;
  if (field.id === 'wb-filter' && key === 'Enter' && matching().length) {
    field.blur();
    choose(matching()[0][0]);
  } else if (field.id === 'wb-search' && ['ArrowDown', 'ArrowUp', 'Enter', 'Escape'].includes(key)) inPanel(key)?.();
  else if (key === 'Escape' && element.contains(field)) {
    view.noting = !!view.note;
    field.blur();
    draw();
  } else return;
  event.preventDefault();
}
function onKey(event) {
  if (!element.isConnected) { document.removeEventListener('keydown', onKey); return; }
  const walking = event.key.startsWith('Arrow');
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || (event.repeat && !walking)) return;
  const field = event.target.closest('input, textarea, select, [contenteditable="true"]');
  if (field) { inField(field, event); return; }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((key === 'Enter' || key === ' ') && event.target.closest('a, button')) return;
  const act = actOf(key);
  if (!act) return;
  event.preventDefault();
  act();
}
document.addEventListener('keydown', onKey);
setInterval(() => { if (element.isConnected && !document.hidden && !outbox.missed && !idle()) exchange(true); }, POLL_MS);
if (kept(OPEN) && innerWidth > 1000) view.panel = 'guideline';
draw();
exchange();
