// What the page holds: the texts that come next, the last answers, and what is typed on this one.
const HISTORY = 20, FEWEST = 10, GUARD_MS = 700, OPENED = 'opened';
const view = {
  items: [], known: new Map(), history: [], labels: [], words: {}, skips: [], kind: 'single', version: '',
  guideline: '', problem: '', progress: {}, next: '', waiting: '', studio: '', loaded: false,
  picked: new Set(), skipping: false, note: '', noting: false, unclear: false, filter: '', mark: '',
  alert: '', refusals: new Map(), shown: '', spent: 0, since: 0, guard: 0, owed: false, near: [],
  panel: '', at: 0, hits: null, hitsOf: '', looked: '', eager: false, off: new Set(), manual: '', manualOf: '',
};
const current = () => view.items[0];
const held = () => view.items.map((item) => item.uid);
const have = () => Object.fromEntries(view.items.map((item) => [item.uid, item.round ?? 0]));
const inHand = () => view.note || view.noting || view.unclear || (view.kind === 'multi' && view.picked.size > 0);
const draft = (uid) => `workbench-draft:${outbox.scope}:${uid}`;

function put(item) {
  const there = view.known.get(item.uid);
  if (there) return there;
  view.known.set(item.uid, item);
  return item;
}
function open(item) {
  const one = put(item);
  one.pinned = true;
  one.was = view.history.find((answer) => answer.uid === one.uid);
  view.items = [one, ...view.items.filter((other) => other.uid !== one.uid)];
  if (view.shown === one.uid) view.shown = '';
}
// What is before this person already, or was, is here; all else is asked for, so that it is theirs alone.
async function itemOf(uid) {
  const mine = [...view.items, ...view.history].some((one) => one.uid === uid);
  return (mine && view.known.get(uid)) || ask(`item?uid=${encodeURIComponent(uid)}`);
}
async function openUid(uid) {
  const item = await itemOf(uid);
  view.refusals.delete(OPENED);
  if (item) open(item);
  else view.refusals.set(OPENED, outbox.said || view.words[outbox.refused || 'offline']);
  tellRefusals();
  showPanel('');
}
function tellRefusals() { view.alert = [...view.refusals.values()].join(' '); }
function turnTo(item) {
  const typed = kept(draft(item.uid)) || item.was || item;
  const picked = typed.picked || (item.was ? item.was.target : []);
  Object.assign(view, {
    shown: item.uid, note: typed.note || '', noting: !!typed.note, unclear: !!typed.unclear, filter: '',
    picked: new Set(view.kind === 'multi' ? picked : []), skipping: false, spent: 0, since: performance.now(),
    near: [], off: new Set(),
  });
  if (view.panel === 'bulk') view.panel = '';
  part('#wb-note').value = view.note;
  part('#wb-filter').value = '';
  part('.wb-text').textContent = item.text;
  part('.wb-text').scrollTop = 0;
  lookForNear(item);
}
function typed() {
  keep(draft(view.shown), inHand() ? { note: view.note, unclear: view.unclear, picked: [...view.picked] } : null);
}
function seconds() {
  const running = document.hidden ? 0 : performance.now() - view.since;
  return Math.round(view.spent + running) / 1000;
}
document.addEventListener('visibilitychange', () => {
  if (document.hidden) view.spent += performance.now() - view.since;
  view.since = performance.now();
});

function answer(command) {
  const item = current(), id = uuid(), { note, unclear } = view, along = command.do === 'skip' ? [] : checked();
  const uids = new Set([item.uid, ...along]);
  const { target = [], reason = '' } = command;
  view.items = view.items.filter((one) => !uids.has(one.uid));
  view.history = [
    { key: id, uid: item.uid, text: item.text.slice(0, 160), target, reason, note, unclear, along: along.length },
    ...view.history.filter((one) => one.uid !== item.uid),
  ].slice(0, HISTORY);
  count(item.was ? along.length : 1 + along.length);
  keep(draft(item.uid), null);
  [OPENED, ...uids].forEach((uid) => view.refusals.delete(uid));
  tellRefusals();
  Object.assign(item, { pinned: false, was: null, note: '', unclear: false });
  if (view.panel === 'bulk') view.panel = '';
  Object.assign(view, { mark: view.words.saving, shown: '' });
  post({ id, uid: item.uid, seconds: seconds(), note, unclear, along, ...command });
  draw();
}
function undo() {
  const last = view.history.shift();
  if (!last) { view.mark = view.words.nothing; return draw(); }
  count(-1 - last.along);
  const item = view.known.get(last.uid);
  if (item) {
    Object.assign(item, { note: last.note, unclear: last.unclear });
    open(item);
  }
  view.mark = view.words.saving;
  outbox.refresh = true; // what it had corrected counts again
  post({ do: 'undo', of: last.key });
  draw();
}
function count(step) {
  const { batch_done: done, batch_total: total, today } = view.progress;
  view.progress.batch_done = Math.max(0, Math.min(total, done + step));
  view.progress.today = Math.max(0, today + step);
}
// Another tab or another person answered them: the text on the screen gives way, unless something is typed.
function elsewhere(uids) {
  const gone = new Set(uids), item = current();
  if (!item || !uids.length) return;
  const stays = gone.has(item.uid) && (item.pinned || inHand());
  view.items = view.items.filter((one) => !gone.has(one.uid) || (stays && one === item));
  if (current() === item) return;
  Object.assign(view, { mark: view.words.elsewhere, guard: performance.now() + GUARD_MS });
  draw();
}
function unanswered() {
  const { words } = view, n = outbox.waiting.length;
  view.owed ||= n > 0;
  if (!view.loaded) return;
  settleGuard();
  view.alert = outbox.said || words[outbox.refused || 'offline'];
  view.mark = n ? words.unsaved.replace('{n}', n) : '';
  draw();
}
function answered(state, sent) {
  if (state.page) Object.assign(view, state.page, { loaded: true });
  settleGuard();
  const refused = sent.filter((one) => state.failed[one.id]);
  refused.forEach((one) => view.refusals.set(one.uid || one.id, state.failed[one.id]));
  tellRefusals();
  refused.filter((one) => one.uid).forEach(giveBack);
  const there = new Set([...view.items, ...view.history].map((one) => one.uid));
  state.undone.filter((item) => !there.has(item.uid)).forEach(open);
  if (state.queue) restock(state);
  else if (view.items.length < FEWEST) outbox.refresh = true;
  if (outbox.waiting.length) view.mark = view.words.saving;
  else if (refused.length) view.mark = '';
  else if (sent.length || view.owed) view.mark = sent.at(-1)?.do === 'undo' ? view.words.undone : view.words.saved;
  view.owed = outbox.waiting.length > 0;
  draw();
}
// What can never be kept comes back to its text, with all that was typed there; never under a hand that types.
async function giveBack({ id, uid, target = [], note = '', unclear = false }) {
  const known = view.known.get(uid);
  view.history = view.history.filter((one) => one.key !== id);
  outbox.refresh = true;
  const labels = new Set(view.labels.map(([name]) => name)), picked = target.filter((name) => labels.has(name));
  keep(draft(uid), note || unclear || (view.kind === 'multi' && picked.length) ? { note, unclear, picked } : null);
  const item = known || await itemOf(uid), before = current();
  if (!item) return;
  const typing = before && (view.note || view.panel || document.activeElement?.matches('input, textarea'));
  open(item);
  if (typing && before !== item) view.items = [before, item, ...view.items.filter((one) => one !== before && one !== item)];
  else view.guard = performance.now() + GUARD_MS;
  draw();
}
// Keys wait while it is asked whether the text on the screen is still this person's.
function settleGuard() {
  if (!view.asking) return;
  Object.assign(view, { asking: false, guard: performance.now() + GUARD_MS });
}
function restock(state) {
  const pending = new Set(outbox.waiting.flatMap((one) => [one.uid, ...(one.along || [])]));
  const needed = new Set([...held(), ...view.history.map((one) => one.uid), ...pending]);
  view.known.forEach((_, uid) => needed.has(uid) || view.known.delete(uid));
  // a new round may have chosen again what is here: what it suggests is what counts
  state.items.forEach((item) => view.known.set(item.uid, Object.assign(view.known.get(item.uid) || {}, item)));
  const before = current(), queue = new Set(state.queue.filter((uid) => !pending.has(uid)));
  const gone = before && !before.pinned && !inHand() && !queue.has(before.uid);
  const first = view.items.filter((one) => one.pinned || (one === before && !gone));
  first.forEach((one) => queue.delete(one.uid));
  view.items = [...first, ...[...queue].map((uid) => view.known.get(uid)).filter(Boolean)];
  const { next, waiting, studio } = state;
  Object.assign(view, { next, waiting, studio });
  if (!outbox.waiting.length) Object.assign(view, { progress: state.progress, history: state.recent });
  if (gone) Object.assign(view, { mark: view.words.elsewhere, guard: performance.now() + GUARD_MS });
}
