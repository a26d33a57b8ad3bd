// Answers on their way to the server. Each waits in localStorage until the server has confirmed it
// and carries a UUID of its own: sent twice, it is kept once. A reload takes up where it was, and
// all tabs of a person share the shelf: one of them sends at a time.
const ANSWER_MS = 20000, RETRY_MS = [1000, 2000, 4000, 8000], PACK = 20;
const REFUSALS = { 401: 'logged_out', 409: 'stranger' };
const outbox = {
  scope: '', waiting: [], busy: false, refresh: true, refused: '', said: '', missed: 0, fragile: false,
  timer: 0, abort: null, since: 0, number: 0,
};
const tabs = window.BroadcastChannel ? new BroadcastChannel('workbench-outbox') : null;
const alone = (work) => (navigator.locks ? navigator.locks.request('workbench-outbox', work) : work());

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
const shelf = () => `workbench-answer:${outbox.scope}:`;
function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch { return false; }
  return true;
}
function kept(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}
function recount() {
  if (!outbox.scope || outbox.fragile) return;
  const found = [];
  for (let place = 0; place < localStorage.length; place += 1) {
    const key = localStorage.key(place);
    const command = key.startsWith(shelf()) && kept(key);
    if (command) found.push(command);
  }
  outbox.waiting = found.sort((a, b) => (a.at < b.at ? -1 : 1));
}
function post(command) {
  outbox.number += 1;
  const id = command.id || uuid();
  const at = `${Date.now()}-${String(outbox.number).padStart(6, '0')}-${id}`;
  if (!keep(shelf() + at, { ...command, id, at })) outbox.fragile = true;
  outbox.waiting.push({ ...command, id, at });
  tabs?.postMessage({ scope: outbox.scope, answered: [command.uid, ...(command.along || [])] });
  exchange();
}
function unshelve(done) {
  outbox.waiting.filter((one) => done.has(one.id)).forEach((one) => keep(shelf() + one.at, null));
  outbox.waiting = outbox.waiting.filter((one) => !done.has(one.id));
}
async function ask(path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_MS);
  const more = body === undefined ? {} : {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  };
  if (body !== undefined) Object.assign(outbox, { abort, since: Date.now() });
  try {
    const answer = await fetch(`/api/annotate/${path}`, { redirect: 'error', signal: abort.signal, ...more });
    const said = await answer.json();
    if (body !== undefined || REFUSALS[answer.status]) outbox.refused = REFUSALS[answer.status] || '';
    outbox.said = answer.ok || outbox.refused ? '' : said.error || '';
    return answer.ok ? said : null;
  } catch {
    outbox.said = '';
    return null;
  } finally { clearTimeout(timer); }
}
async function send() {
  recount();
  const commands = outbox.waiting.slice(0, PACK), { scope, refresh } = outbox;
  outbox.refresh = false;
  const state = await ask('answers', { commands, have: have(), version: view.version, scope, refresh });
  if (!state) {
    outbox.refresh ||= refresh;
    return;
  }
  outbox.missed = 0;
  outbox.scope = state.scope;
  unshelve(new Set(state.done));
  recount();
  if (commands.length) tabs?.postMessage({ scope: state.scope, sent: true });
  return () => answered(state, commands);
}
async function exchange(refresh = false) {
  outbox.refresh ||= refresh;
  if (outbox.busy) return;
  outbox.busy = true;
  clearTimeout(outbox.timer);
  const tell = await alone(send);
  outbox.busy = false;
  if (tell) {
    tell();
    if (outbox.waiting.length || outbox.refresh) exchange();
    return;
  }
  outbox.missed += 1;
  outbox.timer = setTimeout(exchange, RETRY_MS[Math.min(outbox.missed, RETRY_MS.length) - 1]);
  unanswered();
}
// After a closed laptop or a lost connection: what has been hanging since is given up, all is asked anew.
function wake() {
  if (document.hidden) return;
  if (outbox.busy && Date.now() - outbox.since > ANSWER_MS) outbox.abort?.abort();
  exchange(true);
}
window.addEventListener('online', wake);
window.addEventListener('pageshow', (event) => { if (event.persisted) wake(); });
document.addEventListener('visibilitychange', wake);
if (tabs) tabs.onmessage = ({ data }) => {
  if (data.scope !== outbox.scope) return;
  if (data.sent) exchange(true);
  else elsewhere(data.answered);
};
window.addEventListener('pagehide', () => {
  navigator.sendBeacon(`/api/annotate/release?scope=${outbox.scope}`);
  tabs?.postMessage({ scope: outbox.scope, sent: true }); // this person's other tabs ask for theirs again
});
window.addEventListener('beforeunload', (event) => {
  if (outbox.fragile && outbox.waiting.length) event.preventDefault();
});
