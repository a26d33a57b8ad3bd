// Draws the page from what it holds; nothing here changes what is held.
const MANY = 20, LONG = 280;
const part = (selector) => element.querySelector(selector);
const escapeHtml = (value) => String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// What has not changed is not drawn again: a press that began on a button must end on it.
const drawn = new WeakMap();
function fill(place, html) {
  if (drawn.get(place) === html) return;
  drawn.set(place, html);
  place.innerHTML = html;
}
function keyed(attribute, key, words, extra = '') {
  return `<button type="button" ${attribute} class="wb-key ${extra}">${key ? `<kbd>${escapeHtml(key)}</kbd>` : ''}`
    + `<span dir="auto">${escapeHtml(words).replaceAll('_', '_<wbr>')}</span></button>`;
}
function matching() {
  const wanted = view.filter.trim().toLowerCase();
  return view.labels.filter(([name]) => name.toLowerCase().includes(wanted));
}
function said(answer) {
  return answer.target.length ? answer.target.join(', ') : `${view.words.skipped}: ${view.words[answer.reason] || '–'}`;
}
function suggestionHtml(item) {
  const w = view.words;
  if (view.kind === 'spans') return escapeHtml(w.spans);
  if (view.kind === 'multi' && view.picked.size) return keyed('data-act="accept"', 'Enter', w.submit);
  if (item.was) return `<span>${escapeHtml(w.you_said)} <b dir="auto">${escapeHtml(said(item.was))}</b></span>`;
  if (!item.suggestion.length)
    return `<span class="wb-quiet">${escapeHtml(item.blind ? w.blind : w.no_model)}</span>`;
  const sure = item.confidence == null ? '' : `<span class="wb-sure">${Math.round(100 * item.confidence)} %</span>`;
  return `<span>${escapeHtml(w.suggests)} <b dir="auto">${escapeHtml(item.suggestion.join(', '))}</b></span>${sure}`
    + keyed('data-act="accept"', 'Enter', w.accept, 'wb-accept');
}
function labelsHtml(item) {
  if (view.kind === 'spans') return '';
  const best = item.was ? item.was.target : item.suggestion;
  return matching().map(([name, key], place) => keyed(
    `data-label="${escapeHtml(name)}"`, key.toUpperCase(), name,
    [best.includes(name) && 'wb-best', view.picked.has(name) && 'wb-picked',
      view.filter && !place && 'wb-first'].filter(Boolean).join(' '))).join('');
}
function skipsHtml() {
  const reasons = view.skips.map((one, place) => keyed(`data-reason="${one}"`, place + 1, view.words[one]));
  return `<b>${escapeHtml(view.words.why_skip)}</b>${reasons.join('')}`
    + keyed('data-act="skip"', 'Esc', view.words.back);
}
function actionsHtml(item) {
  const w = view.words, own = item && view.kind !== 'spans';
  const flag = `data-act="unclear" aria-pressed="${view.unclear}"`;
  return [
    own && keyed('data-act="skip"', 'S', w.skip),
    own && keyed('data-act="note"', 'N', w.note),
    own && keyed(flag, 'G', w.flag),
    view.history.length && keyed('data-act="undo"', 'Z', w.undo),
    view.history.length && keyed('data-act="history"', 'R', w.recent),
    view.loaded && keyed('data-act="search"', 'F', w.search),
    view.guideline && keyed('data-act="guideline"', 'H', w.guideline),
  ].filter(Boolean).join('');
}
function nearHtml() {
  const count = view.near.length;
  return `<span>${escapeHtml(filled(view.words[count === 1 ? 'near_one' : 'near'], { n: count }))}</span>`
    + keyed('data-act="bulk"', 'B', view.words.look);
}
function drawBar() {
  const w = view.words, { batch_done: done = 0, batch_total: total = 0, today = 0 } = view.progress;
  fill(part('.wb-step'), view.next || '');
  part('.wb-bar').hidden = !view.loaded;
  part('.wb-progress').hidden = !total;
  part('.wb-progress i').style.width = total ? `${(100 * done) / total}%` : '0';
  part('.wb-count').textContent = `${total ? `${w.batch} ${done} / ${total} · ` : ''}${w.today} ${today}`;
  part('.wb-mark').textContent = view.mark;
  part('.wb-mark').dataset.unsaved = outbox.waiting.length;
  const alert = view.alert || view.problem || view.waiting, link = part('.wb-alert a');
  part('.wb-alert').hidden = !alert;
  part('.wb-alert span').textContent = alert;
  link.hidden = !alert || ![w.logged_out, w.stranger].includes(view.alert);
  link.textContent = outbox.refused === 'stranger' ? w.reload : w.log_in || '';
  link.href = outbox.refused === 'stranger' ? '/annotate' : '/login?next=/annotate';
}
function draw() {
  const w = view.words, item = current(), own = item && view.kind !== 'spans';
  if (item && item.uid !== view.shown) turnTo(item);
  if (!item) {
    view.shown = '';
    part('.wb-text').textContent = view.loaded ? w.empty : '…';
  }
  drawBar();
  part('.wb-text').classList.toggle('wb-long', !!item && item.text.length > LONG);
  part('.wb-item').dataset.uid = item ? item.uid : '';
  part('.wb-item').classList.toggle('wb-empty', !item);
  part('.wb-near').hidden = !own || !view.near.length || view.panel === 'bulk';
  fill(part('.wb-near'), view.near.length ? nearHtml() : '');
  fill(part('.wb-suggest'), item ? suggestionHtml(item) : '');
  part('#wb-filter').hidden = !own || view.labels.length <= MANY;
  part('#wb-filter').placeholder = w.filter || '';
  part('.wb-labels').classList.toggle('wb-many', view.labels.length > MANY);
  fill(part('.wb-labels'), item ? labelsHtml(item) : '');
  part('.wb-skips').hidden = !view.skipping || !item;
  fill(part('.wb-skips'), view.loaded ? skipsHtml() : '');
  part('#wb-note').hidden = !view.noting || !item;
  part('#wb-note').placeholder = w.note_hint || '';
  fill(part('.wb-actions'), actionsHtml(item));
  const studio = view.studio && `<a href="${escapeHtml(view.studio)}" target="_blank" rel="noopener">${escapeHtml(w.studio)} ↗</a>`;
  fill(part('.wb-help'), `${own ? `<span>${escapeHtml(w.help)}</span> ` : ''}${studio || ''}`);
  drawPanel();
}
