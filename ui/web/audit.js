// The audit page in the browser: a click or a key of a card's button is one decision on its finding.
function press(button) {
  const finding = element.querySelector('[data-finding]');
  trigger('decided', {
    do: button.dataset.do, label: button.dataset.label || null,
    finding: finding ? Number(finding.dataset.finding) : null,
  });
}
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button) { button.blur(); press(button); }
});
function onKey(event) {
  if (!element.isConnected) { document.removeEventListener('keydown', onKey); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.target.closest('input, textarea, select, [contenteditable="true"]')) return;
  const wanted = event.key.toLowerCase();
  const button = [...element.querySelectorAll('button[data-key]')].find((one) => one.dataset.key === wanted);
  if (!button) return;
  event.preventDefault();
  press(button);
}
document.addEventListener('keydown', onKey);
