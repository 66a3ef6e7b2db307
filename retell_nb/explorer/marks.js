// What is clicked, brushed and reached by keys in the pictures, told to the kernel as numbers only:
// which picture, which of its drawings, which marks. It is given the element of an explorer.
function attach(root) {
  if (!root || root.retell) return;
  const retell = root.retell = {turn: 0, focus: null, send: null};
  root.dataset.live = 'true';
  const viaText = text => {
    const field = root.querySelector('.retell-bridge input');
    if (!field) return;
    field.value = text;
    field.dispatchEvent(new Event('input', {bubbles: true}));
  };
  const send = message => {
    const whole = {...message, turn: retell.turn += 1};
    retell.send ? retell.send(whole) : viaText(JSON.stringify(whole));
  };
  const picture = mark => mark.closest('[data-picture]');
  const markOf = event => {
    const mark = event.target.closest && event.target.closest('[data-mark]');
    return mark && root.contains(mark) && picture(mark) ? mark : null;
  };
  const marks = one => [...one.querySelectorAll('[data-mark]')];
  const pick = (first, last, extend) => send({
    picture: picture(first).dataset.picture,
    drawing: Number(picture(first).dataset.drawing),
    first: Number(first.dataset.mark),
    last: Number(last.dataset.mark),
    extend: Boolean(extend),
  });

  let brush = null, brushed = false;
  const paint = () => {
    const ends = [brush.first, brush.last].map(mark => Number(mark.dataset.mark));
    const low = Math.min(...ends), high = Math.max(...ends);
    for (const mark of marks(brush.picture)) {
      const place = Number(mark.dataset.mark);
      mark.classList.toggle('brushed', place >= low && place <= high);
    }
  };
  root.addEventListener('pointerdown', event => {
    const mark = markOf(event);
    brushed = false;
    brush = null;
    if (!mark || event.button || !picture(mark).hasAttribute('data-brush')) return;
    brush = {picture: picture(mark), first: mark, last: mark, x: event.clientX};
  });
  root.addEventListener('pointermove', event => {
    if (!brush || !brush.picture.isConnected) return;
    if (!event.buttons) { brush = null; return; }
    if (!brushed && Math.abs(event.clientX - brush.x) < 5) return;
    const near = marks(brush.picture).map(mark => {
      const {left, right} = mark.getBoundingClientRect();
      return [Math.max(left - event.clientX, event.clientX - right, 0), mark];
    });
    brush.last = near.reduce((best, one) => one[0] < best[0] ? one : best)[1];
    brushed = true;
    event.preventDefault();
    paint();
  });
  root.addEventListener('pointerup', () => {
    if (brush && brushed) pick(brush.first, brush.last, false);
    brush = null;
  });

  const text = async words => {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      const field = document.createElement('textarea');
      field.value = words;
      document.body.append(field);
      field.select();
      const copied = document.execCommand('copy');
      field.remove();
      return copied;
    }
  };
  root.addEventListener('click', event => {
    const button = event.target.closest('.retell-actions button');
    const kind = button && ['code', 'report'].find(one => button.closest(`.retell-copy-${one}`));
    const words = kind && root.querySelector(`[data-copy="${kind}"]`);
    if (words) text(words.textContent).then(copied => { root.dataset.copied = copied; });
    const mark = markOf(event);
    if (mark && !brushed && !event.target.closest('a')) pick(mark, mark, event.shiftKey);
    brushed = false;
  });

  const step = (mark, key) => {
    const all = marks(picture(mark)), place = all.indexOf(mark);
    const columns = Number(picture(mark).dataset.columns) || 1;
    const to = {
      ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: all.length - 1,
      ArrowUp: place - columns, ArrowDown: place + columns,
    }[key];
    return to === undefined ? null : all[Math.min(Math.max(to, 0), all.length - 1)];
  };
  root.addEventListener('keydown', event => {
    const mark = markOf(event);
    if (!mark || event.target !== mark || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = step(mark, event.key);
    if (!to && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    if (!to) { pick(mark, mark, event.shiftKey); return; }
    to.setAttribute('tabindex', '0');
    to.focus();
  });
  root.addEventListener('focusin', event => {
    const mark = markOf(event);
    retell.focus = null;
    if (!mark || event.target !== mark) return;
    for (const other of picture(mark).querySelectorAll('[data-mark][tabindex="0"]'))
      if (other !== mark) other.setAttribute('tabindex', '-1');
    retell.focus = {picture: picture(mark).dataset.picture, mark: mark.dataset.mark};
  });
  // Who goes elsewhere has the focus there; a picture that is hidden or drawn anew leaves it to the
  // page, and it is given back to the mark in the same place as soon as that is seen.
  root.addEventListener('focusout', event => {
    const mark = event.target, was = retell.focus;
    setTimeout(() => {
      const now = document.activeElement, moved = now !== mark && now !== document.body;
      if (retell.focus === was && mark.isConnected && moved) retell.focus = null;
    });
  });
  const leave = event => {
    if (!root.isConnected) document.removeEventListener('pointerdown', leave, true);
    if (!root.contains(event.target)) retell.focus = null;
  };
  document.addEventListener('pointerdown', leave, true);
  const giveBack = tries => {
    if (!retell.focus || root.contains(document.activeElement)) return;
    const {picture: name, mark} = retell.focus;
    const again = root.querySelector(`[data-picture="${name}"] [data-mark="${mark}"]`);
    if (again) {
      again.setAttribute('tabindex', '0');
      again.focus({preventScroll: true});
    }
    if (document.activeElement !== again && tries) setTimeout(giveBack, 50, tries - 1);
  };
  new MutationObserver(() => giveBack(40)).observe(root, {childList: true, subtree: true});
}
// Widgets are put together piece by piece: waits until an element has come into its explorer.
function reach(element, then, tries = 400) {
  const root = element.closest('.retell-explorer');
  if (root) { attach(root); then(root.retell); }
  else if (tries) setTimeout(reach, 50, element, then, tries - 1);
}
