// The panel at the side: the last answers, the search, the texts that are nearly the same, the guideline.
const SEARCH_MS = 150, NEAR_MS = 250, OPEN = 'workbench-guideline';
const LISTS = { history: () => view.history, search: () => view.hits || [], bulk: () => view.near };

function showPanel(name) {
  const same = view.panel === name;
  Object.assign(view, { panel: same ? '' : name, at: 0, skipping: false });
  if (name === 'guideline') keep(OPEN, view.panel ? 1 : null);
  if (!view.panel && name !== 'guideline' && kept(OPEN) && innerWidth > 1000) view.panel = 'guideline';
  if (view.panel === 'bulk') view.off = new Set();
  draw();
  if (view.panel === 'search') part('#wb-search')?.select();
  else if (element.contains(document.activeElement)) document.activeElement.blur();
}
function move(step) {
  const size = LISTS[view.panel]().length;
  view.at = Math.max(0, Math.min(size - 1, view.at + step));
  drawPanel();
  part('.wb-row.wb-at')?.scrollIntoView({ block: 'nearest' });
}
function takePlace() {
  view.eager = view.panel === 'search' && view.hitsOf !== view.looked;
  if (!view.eager) choosePlace(view.at);
}
function choosePlace(place) {
  const one = LISTS[view.panel]()[place];
  if (!one) return;
  if (view.panel !== 'bulk') { openUid(one.uid); return; }
  view.at = place;
  if (!view.off.delete(one.uid)) view.off.add(one.uid);
  drawPanel();
}
function checked() {
  return view.panel === 'bulk' ? view.near.map((one) => one.uid).filter((uid) => !view.off.has(uid)) : [];
}

let nearTimer = 0, searchTimer = 0;
function lookForNear(item) {
  clearTimeout(nearTimer);
  nearTimer = setTimeout(async () => {
    const found = await ask(`siblings?uid=${encodeURIComponent(item.uid)}`);
    if (!found || view.shown !== item.uid) return;
    view.near = found;
    draw();
  }, NEAR_MS);
}
function lookFor(words) {
  clearTimeout(searchTimer);
  Object.assign(view, { looked: words.trim(), eager: false });
  searchTimer = setTimeout(async () => {
    const asked = view.looked;
    const found = asked ? await ask(`search?words=${encodeURIComponent(asked)}`) : null;
    if (asked !== view.looked) return;
    Object.assign(view, { hits: found, hitsOf: asked, at: 0 });
    drawPanel();
    if (view.eager && view.panel === 'search') choosePlace(0);
  }, SEARCH_MS);
}
async function readGuideline() {
  if (view.manualOf === view.guideline) return;
  view.manualOf = view.guideline;
  const found = await ask('guideline');
  if (found === null) { view.manualOf = ''; return; } // asked for again when next drawn
  view.manual = found;
  drawPanel();
}

function row(place, text, under, box = '') {
  return `<li><button type="button" data-place="${place}" class="wb-row ${place === view.at ? 'wb-at' : ''}">${box}`
    + `<span><span class="wb-start" dir="auto">${text}</span><small>${under}</small></span></button></li>`;
}
function tag(names, warm = false) {
  return `<b class="wb-said${warm ? ' wb-warm' : ''}" dir="auto">${escapeHtml(names)}</b>`;
}
function marked(text) {
  const words = view.looked.split(/\s+/).filter(Boolean).map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const parts = text.split(new RegExp(`(${words.join('|')})`, 'giu'));
  return parts.map((one, place) => (place % 2 ? `<mark>${escapeHtml(one)}</mark>` : escapeHtml(one))).join('');
}
function historyRow(one, place) {
  const w = view.words, more = one.along ? ` <span>${escapeHtml(filled(w.along, { n: one.along }))}</span>` : '';
  const flag = one.unclear ? ` ${tag(w.flag, true)}` : '';
  return row(place, escapeHtml(one.text), tag(said(one), !one.target.length) + more + flag);
}
function hitRow(hit, place) {
  const w = view.words;
  const answers = hit.said.map(([who, names]) => `${who ? escapeHtml(who) : escapeHtml(w.you)} `
    + tag(names.length ? names.join(', ') : w.skipped, !names.length));
  if (hit.others) answers.push(escapeHtml(filled(w.others, { n: hit.others })));
  if (!answers.length) answers.push(escapeHtml(w.unlabelled));
  return row(place, marked(hit.text), answers.join(' · '));
}
function nearRow(one, place) {
  const box = `<i class="wb-box" role="checkbox" aria-checked="${!view.off.has(one.uid)}"></i>`;
  return row(place, escapeHtml(one.text), `${Math.floor(100 * one.alike)} %`, box);
}
const ROWS = { history: historyRow, search: hitRow, bulk: nearRow };
function panelHead() {
  const w = view.words, name = view.panel;
  const title = name === 'bulk' ? filled(w.bulk, { n: checked().length + 1 }) : w[name === 'history' ? 'recent' : name];
  const hint = { history: w.history_hint, bulk: w.bulk_hint }[name];
  const walk = { history: '↑ ↓ Enter', search: '↑ ↓ Enter', bulk: '↑ ↓ Space' }[name];
  return `<div class="wb-side-head"><h2>${escapeHtml(title)}</h2>${walk ? `<kbd>${walk}</kbd>` : ''}${keyed('data-act="close"', 'Esc', w.close)}</div>`
    + (hint ? `<p class="wb-quiet">${escapeHtml(hint)}</p>` : '');
}
function panelBody() {
  if (view.panel === 'guideline') return `<div class="wb-manual" dir="auto">${view.manual}</div>`;
  const rows = LISTS[view.panel]();
  if (rows.length) return `<ol class="wb-rows">${rows.map(ROWS[view.panel]).join('')}</ol>`;
  if (view.panel !== 'search') return '';
  const words = view.looked && view.hits ? view.words.no_hits : view.words.search_hint;
  return `<p class="wb-quiet">${escapeHtml(words)}</p>`;
}
function drawPanel() {
  const side = part('.wb-side');
  element.querySelector('.wb-desk').dataset.panel = view.panel;
  if (view.panel === 'guideline') readGuideline();
  side.hidden = !view.panel || !view.loaded;
  if (side.hidden) { side.dataset.name = ''; side.innerHTML = ''; return; }
  if (side.dataset.name !== view.panel) {
    side.dataset.name = view.panel;
    side.innerHTML = '<div></div><div class="wb-side-body"></div><div class="wb-labels"></div>';
    if (view.panel === 'search') {
      const field = document.createElement('input');
      Object.assign(field, { id: 'wb-search', type: 'search', autocomplete: 'off', dir: 'auto', maxLength: 200 });
      field.placeholder = view.words.search_field;
      field.value = view.looked;
      field.oninput = () => lookFor(field.value);
      side.insertBefore(field, side.children[1]);
    }
  }
  fill(side.firstChild, panelHead());
  fill(side.querySelector('.wb-side-body'), panelBody());
  fill(side.lastChild, view.panel === 'bulk' ? labelsHtml(current()) : '');
}
