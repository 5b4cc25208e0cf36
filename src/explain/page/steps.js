// The backward pass in the order in which it ran, one equation of the reverse program a step.

/** [{code, words, columns: [c], wires: [link]}]: the first step reverses the loss. */
function backwardSteps(view) {
  const about = (name) => view.gradientNames.get(name) ?? name;
  const steps = [];
  for (const e of view.receipt.backward) {
    if (e.kind === 'seed') {
      steps.push({ code: '∂L/∂l = ' + short(view.receipt.weights[view.receipt.focus]), words: 'Start: the loss itself, with the weight of its row.', columns: [], links: [], loss: true });
    } else if (e.kind === 'add') {
      const value = about(e.output);
      steps.push({ code: `∂l/∂${value} = ${e.terms.map((t) => `∂l/∂${about(t)}`).join(' + ')}`, words: `${value} was used more than once: what comes back is added.`,
        columns: [], links: view.links.filter((l) => view.columns[l.from].aName === value).map((l) => l.at) });
    } else {
      steps.push(reverseOf(view, e));
    }
  }
  return steps;
}

function reverseOf(view, e) {
  const f = view.receipt.forward.find((q) => q.output === e.forward);
  const written = e.dx.map((d, k) => (d ? f.inputs[k] : null)).filter(Boolean);
  const parameters = e.dparameters.filter(Boolean);
  const links = view.links.filter((l) => l.equation.output === e.forward).map((l) => l.at);
  const step = { columns: [], links, parameters, loss: false, code: '', words: '' };
  const d = (v) => `∂l/∂${v}`;
  if (f.kind === 'loss') {
    step.loss = true;
    step.columns = [view.makes.get(f.inputs[0])];
    step.code = view.loss.long ? `${d(f.inputs[0])} = p − ${view.loss.askedName}` : `${d(f.inputs[0])} from ${f.op}`;
    step.words = 'The loss hands the first ∂l/∂z to the reverse network, at its right end.';
  } else if (f.kind === 'linear') {
    const parts = [];
    if (written.length) parts.push(`${d(written[0])} = ${f.parameters[0]} · ${d(f.output)}`);
    for (const p of parameters) parts.push(p === f.parameters[0] ? `∂l/∂${p} = ${f.inputs[0]}ᵀ · ${d(f.output)}` : `∂l/∂${p} = ${d(f.output)}`);
    step.code = parts.join('   ');
    step.words = written.length ? `Over the wires of ${f.parameters[0]}, right to left; each wire's gradient is what entered it × ∂l/∂z.`
      : `Only gradients of ${parameters.join(' and ')}: nothing asks for ∂l/∂${f.inputs[0]}.`;
  } else {
    const value = f.inputs[0];
    step.code = f.kind === 'activation' ? `${d(value)} = ${f.op}′(${value}) · ${d(f.output)}` : `${d(value)} through ${f.op}`;
    step.words = f.kind === 'activation' ? 'Every amplifier multiplies by its fixed gain: out comes ∂l/∂z.' : `The reverse of ${f.op}.`;
    const c = view.makes.get(f.output);
    if (c !== undefined) step.columns = [c];
  }
  return step;
}

/** Marks the drawing for step k: what ran before is full, what runs is ringed, the rest is faint. k < 0: no stepping. */
function showStep(root, steps, k) {
  root.classList.toggle('stepping', k >= 0);
  const when = new Map(); // 'r:c' of amplifiers, 'rw:link' of wires, 'loss' → step
  steps.forEach((step, s) => {
    if (step.loss) when.set('loss', Math.max(s, when.get('loss') ?? 0));
    for (const c of step.columns) when.set(`r:${c}`, s);
    for (const link of step.links) if (!when.has(`rw:${link}`)) when.set(`rw:${link}`, s);
  });
  for (const item of root.querySelectorAll('#reverse-half .item')) {
    const [kind, a] = item.dataset.key.split(':');
    const name = a === 'loss' ? 'loss' : `${kind === 'more' ? 'r' : kind}:${a}`;
    const s = when.get(name);
    item.classList.toggle('pending', k >= 0 && s !== undefined && s > k);
    item.classList.toggle('now', k >= 0 && s === k);
  }
  const step = k >= 0 ? steps[k] : null;
  for (const item of root.querySelectorAll('#forward-half .wire.item')) {
    const link = Number(item.dataset.key.split(':')[1]);
    item.classList.toggle('now', Boolean(step && step.parameters?.length && step.links.includes(link)));
  }
}
