// Puts the page together once the document is there.

function switchOf(name, legend, choices, chosen, change) {
  const field = h('fieldset', { class: 'switch', id: `switch-${name}` }, h('legend', null, legend));
  for (const [value, label] of choices) {
    const input = h('input', { type: 'radio', name, value, checked: value === chosen });
    input.addEventListener('change', () => change(value));
    field.append(h('label', null, input, h('span', null, label)));
  }
  return field;
}

function theme(value) {
  const dark = value === 'dark' || (value === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

function main() {
  const receipt = withNumbers(JSON.parse(byId('receipt').textContent));
  const view = new View(receipt, JSON.parse(byId('parameters').textContent));
  theme('auto');
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => theme('auto'));
  facts(view);
  statement(view);
  const network = heading('network', '3', 'The reverse network');
  network.append(h('p', null, 'Above, the network as it predicts. Below, the network that computed the gradients: the same wires read right to left, and every neuron an amplifier. '
    + 'It does not squash: its gain σ′(z) is a constant, because the forward pass has already fixed z.'));
  const figure = new Figure(view, network);
  wholeWay(view, figure);
  gainBudget(view);
  audit(view);
  bar(view, figure);
  if (view.chosen && view.chosen.from !== null) figure.openItem(wireKey('f', view.links[view.chosen.link], view.chosen.from, view.chosen.to), false);
  keys(figure);
  document.documentElement.dataset.ready = 'yes';
}

function bar(view, figure) {
  const nav = h('nav', { 'aria-label': 'Sections' }, [['statement', 'Statement'], ['weight', 'One weight'], ['network', 'Reverse network'], ['budget', 'Gains'], ['audit', 'Audit']]
    .map(([id, label]) => h('a', { href: `#${id}` }, label)));
  const half = switchOf('half', 'Which network is drawn', [['forward', 'forward'], ['reverse', 'backward'], ['both', 'both']], 'both', (value) => figure.showHalf(value));
  figure.setHalf = (value) => {
    half.querySelector(`input[value='${value}']`).checked = true;
    figure.showHalf(value);
  };
  const many = view.receipt.batch && view.receipt.rows.length > 1;
  const scope = many ? switchOf('scope', 'What is shown', [['row', 'this row'], ['batch', 'the batch']], 'batch', (value) => {
    view.batch = value === 'batch';
    document.documentElement.dataset.scope = value;
    figure.redraw();
    if (figure.current) figure.openItem(figure.current, false);
  }) : null;
  document.documentElement.dataset.scope = many ? 'batch' : 'row';
  const paper = switchOf('theme', 'Colours', [['light', 'light'], ['dark', 'dark']], document.documentElement.dataset.theme, theme);
  byId('bar').append(nav, half, ...(scope ? [scope] : []), paper);
}

function keys(figure) {
  document.addEventListener('keydown', (event) => {
    // Single keys act on the figure only: where it, or nothing, has the focus.
    if (event.target !== document.body && !event.target.closest('#network, #bar')) return;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'radio') return;
    const act = { '.': () => figure.go(figure.step + 1), ',': () => figure.go(figure.step - 1), Escape: () => figure.go(-1),
      f: () => figure.setHalf('forward'), r: () => figure.setHalf('reverse'), b: () => figure.setHalf('both') }[event.key];
    if (act) act();
  });
}

main();
