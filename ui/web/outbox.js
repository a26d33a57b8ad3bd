// Answers on their way to the server. Each waits in localStorage until the server has confirmed it
// and carries a UUID of its own: sent twice, it is kept once. A reload takes up where it was.
const ANSWER_MS = 20000, RETRY_MS = [1000, 2000, 4000, 8000], PACK = 20;
const outbox = { scope: '', waiting: [], sending: [], busy: false, refused: false, missed: 0, fragile: false, timer: 0 };

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
const shelf = () => `workbench-answer:${outbox.scope}:`;
function shelve(command) {
  try { localStorage.setItem(shelf() + command.at, JSON.stringify(command)); }
  catch { outbox.fragile = true; }
}
function unshelve(command) {
  try { localStorage.removeItem(shelf() + command.at); } catch { outbox.fragile = true; }
}
function shelved() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(shelf())).sort()
      .map((key) => JSON.parse(localStorage.getItem(key)));
  } catch { return []; }
}
let number = 0;
function post(command) {
  number += 1;
  const id = command.id || uuid();
  const kept = { ...command, id, at: `${Date.now()}-${String(number).padStart(6, '0')}-${id}` };
  shelve(kept);
  outbox.waiting.push(kept);
  exchange();
}
function withdraw(id) {
  const command = outbox.waiting.find((one) => one.id === id);
  if (!command || outbox.sending.includes(command)) return false;
  outbox.waiting = outbox.waiting.filter((one) => one !== command);
  unshelve(command);
  return true;
}
async function ask(commands) {
  try {
    const answer = await fetch('/api/annotate/answers', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, redirect: 'error',
      body: JSON.stringify(commands), signal: AbortSignal.timeout(ANSWER_MS),
    });
    outbox.refused = answer.status === 401;
    return answer.ok ? await answer.json() : null;
  } catch { return null; }
}
async function exchange() {
  if (outbox.busy) return;
  outbox.busy = true;
  clearTimeout(outbox.timer);
  outbox.sending = outbox.waiting.slice(0, PACK);
  const state = await ask(outbox.sending);
  const sent = outbox.sending;
  outbox.busy = false;
  outbox.sending = [];
  if (!state || !state.done) {
    outbox.missed += 1;
    outbox.timer = setTimeout(exchange, RETRY_MS[Math.min(outbox.missed, RETRY_MS.length) - 1]);
    unanswered();
    return;
  }
  outbox.missed = 0;
  if (!outbox.scope) {
    outbox.scope = state.scope;
    outbox.waiting = shelved();
  }
  const done = new Set(state.done);
  outbox.waiting.filter((one) => done.has(one.id)).forEach(unshelve);
  outbox.waiting = outbox.waiting.filter((one) => !done.has(one.id));
  answered(state, sent);
  if (outbox.waiting.length) exchange();
}
window.addEventListener('online', () => exchange());
window.addEventListener('beforeunload', (event) => {
  if (outbox.fragile && outbox.waiting.length) event.preventDefault();
});
