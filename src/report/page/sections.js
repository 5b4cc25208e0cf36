// The sections that look closely at one part of the data: mistakes, importance, wrong rows, and the gradients.

/// A heat table of at most 20 classes; of more, the largest confusions as a list.
function confusion(result) {
  const classes = result.report.classes.map((c) => c.name), matrix = result.report.confusion;
  const wrong = [];
  (matrix || []).forEach((row, i) => row.forEach((n, j) => { if (i !== j && n > 0) wrong.push([n, i, j]); }));
  wrong.sort((a, b) => b[0] - a[0]);
  const supports = result.report.classes.map((c) => c.support);
  const list = table(['is', 'taken for', 'rows', 'of the class'], wrong.slice(0, classes.length > 20 ? 20 : 5).map(
    ([n, i, j]) => [{text: short(classes[i]), title: classes[i], class: 'name'},
      {text: short(classes[j]), title: classes[j], class: 'name'}, num(n), percent(n / supports[i])]), {numbers: [2, 3]});
  if (!matrix || classes.length > 20) return el('div', {}, el('h3', {}, 'The largest confusions'), list);
  const head = [{text: 'is ↓  taken for →'}, ...classes.map((c) => ({text: short(c, 12), title: c})), 'recall'];
  const rows = matrix.map((row, i) => [{text: short(classes[i], 18), title: classes[i]}, ...row.map((n, j) => {
    const share = supports[i] > 0 ? n / supports[i] : 0;
    const tone = i === j ? '--good' : '--bad', strength = n === 0 ? 0 : i === j ? 0.12 + 0.5 * share : Math.min(0.75, 0.12 + 2 * share);
    return {text: num(n), title: `${classes[i]} taken for ${classes[j]}: ${num(n)} (${percent(share)} of ${classes[i]})`,
      style: `background-color: rgba(var(${tone}), ${strength.toFixed(3)})`};
  }), percent(result.report.classes[i].recall)]);
  return el('div', {}, el('h3', {}, 'Confusion matrix'), table(head, rows, {class: 'confusion'}),
    classes.length > 2 && wrong.length > 0 ? [el('h3', {}, 'The largest confusions'), list] : null);
}

function classTable(scores, title) {
  const shown = scores.length > 30 ? [...scores].sort((a, b) => a.f1 - b.f1).slice(0, 30) : scores;
  return el('div', {}, el('h3', {}, title + (shown.length < scores.length ? ` (the 30 of ${scores.length} with the lowest F1)` : '')),
    table(['', 'rows', 'precision', 'recall', 'F1', 'AUC'], shown.map((c) => [{text: short(c.name, 40), title: c.name, class: 'name'},
      num(c.support), score(c.precision), score(c.recall), score(c.f1), score(c.auc)])));
}

const unit = {min: 0, max: 1};

function classCharts(close, result) {
  const curves = close.charts.curves, box = el('div', {class: 'charts'});
  if (curves.length === 0) return box;
  const thresholds = (item) => `${short(item.dataset.label, 24)}: ${num(item.parsed.x, 3)}, ${num(item.parsed.y, 3)} at p ≥ ${num(item.dataset.extra[item.dataIndex], 3)}`;
  const series = (key, value) => curves.map((c, i) => ({name: `${short(c.name, 18)} (${score(c[value])})`, dash: i >= palette.length,
    points: c[key], extra: c[key].map((p) => p[2])}));
  const near = {mode: 'nearest', intersect: false, axis: 'xy'};
  box.append(figure({title: 'ROC curve' + (curves.length > 1 ? 's' : '') + ' (area)', x: axis('false positive rate', unit), y: axis('true positive rate', unit),
    series: [...series('roc', 'auc'), {name: 'chance', points: [[0, 0], [1, 1]], extra: [1, 0], tone: '--c8', dash: true, thin: true}],
    interaction: near, tooltip: thresholds, height: curves.length > 4 ? 360 : 300, legend: true}));
  box.append(figure({title: 'Precision and recall (average precision)', x: axis('recall', unit), y: axis('precision', unit),
    series: series('pr', 'average_precision'), interaction: near, tooltip: thresholds, height: curves.length > 4 ? 360 : 300, legend: true}));
  const binary = close.charts.reliability, bins = binary || (result.report.calibration || []).filter((b) => b.weight > 0);
  if (bins.length > 0) {
    const points = bins.map((b) => binary ? [b.mean, b.share] : [b.confidence, b.accuracy]), weights = bins.map((b) => b.weight);
    box.append(figure({title: 'Calibration', x: axis(binary ? `predicted probability of ${short(curves[0].name, 20)}` : 'predicted probability of the predicted class', unit),
      y: axis(binary ? 'observed share' : 'share right', unit), height: 300, interaction: {mode: 'nearest', intersect: false, axis: 'xy'},
      series: [{name: 'model', points, dots: true, extra: weights}, {name: 'perfectly calibrated', points: [[0, 0], [1, 1]], extra: [null, null], tone: '--c8', dash: true, thin: true}],
      tooltip: (item) => item.dataset.extra[item.dataIndex] === null ? 'perfectly calibrated'
        : `predicted ${percent(item.parsed.x)}, observed ${percent(item.parsed.y)}, ${whole(item.dataset.extra[item.dataIndex])} rows`,
      note: (result.report.calibration_error !== undefined ? `Expected calibration error of the predicted class: ${num(result.report.calibration_error, 3)}. ` : '') + (binary ? 'Below the dashed line, what is predicted is too high.' : 'Below the dashed line the model is too sure of itself.')}));
    box.append(figure({title: 'How sure the model is', x: axis('predicted probability', {type: 'category'}), y: axis('rows'), height: 300, legend: false,
      labels: bins.map((b) => `${num(b.lower, 3)} – ${num(b.upper, 3)}`),
      series: [{name: 'rows', bar: true, values: weights}],
      tooltipTitle: (items) => items[0].label, tooltip: (item) => `${whole(item.parsed.y)} rows`}));
  }
  return box;
}

function numberCharts(close) {
  const all = el('div', {});
  for (const output of close.charts.outputs) {
    const xs = output.points.map((p) => p[0]), ys = output.points.map((p) => p[1]);
    const low = Math.min(...xs, ...ys), high = Math.max(...xs, ...ys), h = output.residuals;
    const sampled = close.charts.rows > output.points.length ? `${whole(output.points.length)} of ${whole(close.charts.rows)} rows, drawn at random` : null;
    const box = el('div', {class: 'charts'});
    box.append(figure({title: 'Predicted against actual', x: axis('actual', {min: low, max: high}), y: axis('predicted', {min: low, max: high}), height: 320, note: sampled,
      series: [{name: 'rows', points: output.points, scatter: true, fade: 0.45}, {name: 'exact', points: [[low, low], [high, high]], tone: '--c8', dash: true, thin: true}],
      interaction: {mode: 'nearest', intersect: true}, tooltip: (i) => i.datasetIndex === 0 ? `actual ${num(i.parsed.x, 5)}, predicted ${num(i.parsed.y, 5)}` : 'exact'}));
    box.append(figure({title: 'Residuals against predicted', x: axis('predicted'), y: axis('predicted − actual'), height: 320, note: sampled, legend: false,
      series: [{name: 'rows', points: output.points.map(([a, p]) => [p, p - a]), scatter: true, fade: 0.45}],
      interaction: {mode: 'nearest', intersect: true}, tooltip: (i) => `predicted ${num(i.parsed.x, 5)}, residual ${num(i.parsed.y, 4)}`}));
    if (h.counts) {
      const step = (h.to - h.from) / h.counts.length, edge = (i) => h.from + i * step;
      box.append(figure({title: 'Distribution of residuals', x: axis('predicted − actual', {type: 'category'}), y: axis('rows'), legend: false, wide: true,
        labels: h.counts.map((_, i) => num(edge(i + 0.5), 3)), series: [{name: 'rows', bar: true, values: h.counts}],
        tooltipTitle: (items) => `${num(edge(items[0].dataIndex), 4)} … ${num(edge(items[0].dataIndex + 1), 4)}`, tooltip: (i) => `${whole(i.parsed.y)} rows`,
        note: h.below + h.above > 0 ? `${whole(h.below)} rows lie below and ${whole(h.above)} above what is drawn.` : null}));
    }
    if (close.charts.outputs.length > 1) all.append(el('h3', {}, output.name));
    all.append(box);
  }
  return all;
}

function importanceSection(close) {
  const imp = close.importance;
  const node = section('What the network looks at', 'importance');
  if (!imp) {
    node.append(note('Not measured: predicting this many rows and columns again would take too long.'));
    return;
  }
  node.append(el('p', {}, `The rise of the mean loss when the values of ${imp.grid ? 'a patch of the picture' : 'one column'} are shuffled between rows (permutation importance), `,
    `on ${whole(imp.rows)} ${close.part} rows, ${imp.repeats === 1 ? 'once' : `${imp.repeats} times`} each. `,
    `Unshuffled the loss is ${num(imp.loss)} and the ${imp.error_name} ${num(imp.error)}. Columns that say the same thing share what they are worth.`));
  const change = (v) => (v < 0 ? '−' : '+') + num(Math.abs(v), 3);
  const say = (g) => `loss ${change(g.loss)} ± ${num(g.loss_sd, 2)}, ${imp.error_name} ${change(g.error)} ± ${num(g.error_sd, 2)}`;
  if (imp.grid) {
    const most = Math.max(...imp.groups.map((g) => g.loss), 1e-12);
    node.append(el('div', {class: 'heat', style: `grid-template-columns: repeat(${imp.grid[1]}, auto)`}, imp.groups.map((g) =>
      el('div', {title: `${g.name}: ${say(g)}`}, el('span', {style: `background-color: rgba(var(--bad), ${Math.max(0, g.loss / most).toFixed(3)})`})))),
      note(`Darkest: +${num(most, 3)}. Patches in their places in the picture.`));
    return;
  }
  const sorted = [...imp.groups].sort((a, b) => b.loss - a.loss), shown = sorted.slice(0, 40);
  node.append(figure({title: `Rise of the loss${shown.length < sorted.length ? ` (the 40 of ${sorted.length} columns that matter most)` : ''}`, horizontal: true, legend: false, wide: true,
    height: 46 + 22 * shown.length, labels: shown.map((g) => short(g.name, 26)),
    x: axis('rise of the mean loss'), y: axis('', {type: 'category', ticks: {autoSkip: false}}),
    series: [{name: 'loss', bar: true, values: shown.map((g) => g.loss)}],
    tooltipTitle: (items) => shown[items[0].dataIndex].name, tooltip: (i) => say(shown[i.dataIndex])}));
}

function wrongSection(report) {
  const close = report.close, node = section('The rows it is most wrong about', 'wrong');
  if (close.wrong.length === 0) {
    node.append(el('p', {}, `Every ${close.part} row is predicted right.`));
    return;
  }
  const command = (w) => `retrograd explain ${quoted(report.run.folder)} ${quoted(close.source)}${close.skipped ? ' --on-bad-row skip' : ''} --row ${w.row}`;
  const lines = close.wrong[0].line !== undefined, name = lines ? ['row', 'line'] : ['row'];
  const pictures = Boolean(close.wrong[0].pixels), errors = close.wrong[0].error !== undefined, chances = close.wrong[0].p !== undefined;
  node.append(el('p', {}, `Of ${whole(close.rows)} ${close.part} rows, the worst first. Rows of ${close.source}, counted from 1${lines ? '; lines are those of the file' : ''}. The command derives the row's gradients, number by number:`));
  node.append(el('pre', {}, el('code', {class: 'command'}, command(close.wrong[0]))));
  const head = [...name, ...(pictures ? [''] : []), 'actual', 'predicted', ...(errors ? ['error'] : []), ...(chances ? ['p of actual', 'p of predicted'] : []), 'explain it'];
  const count = (pictures ? 3 : 2) + name.length;
  const rows = (some) => table(head, some.map((w) => [whole(w.row), ...(lines ? [whole(w.line)] : []),
    ...(pictures ? [picture(w.pixels, report.data.arrays.shape, `row ${w.row}: ${w.actual}`)] : []),
    {text: short(w.actual, 40), title: w.actual, class: 'name'}, {text: short(w.predicted, 40), title: w.predicted, class: 'name'},
    ...(errors ? [w.error] : []), ...(chances ? [num(w.p, 3), num(w.p_predicted, 3)] : []),
    el('div', {}, el('code', {class: 'command'}, command(w)), w.values && w.values.length ? el('div', {class: 'values'}, w.values.map(([k, v]) => `${short(k, 24)}: ${short(v, 24)}`).join(' · ')) : null)]),
  {numbers: chances ? [count, count + 1] : errors ? [count] : [], class: 'wrong'});
  node.append(rows(close.wrong.slice(0, 8)));
  if (close.wrong.length > 8) node.append(el('details', {}, el('summary', {}, `${close.wrong.length - 8} more`), rows(close.wrong.slice(8))));
}

function gradientSection(report) {
  const epochs = report.history.filter((e) => e.layers && e.layers.length > 0);
  if (epochs.length === 0) return;
  const layers = epochs[0].layers.map((l) => l.layer), node = section('How the gradient fared on its way down', 'gradients');
  node.append(el('p', {}, 'In the backward pass the error δ = ∂l/∂z goes from the last layer to the first. Each step down, the wires (Wᵀ) make it larger or smaller, and so do the ',
    'amplifiers (the slopes σ′(z) that the forward pass fixed). A product far below 1 over the layers starves the first ones; far above 1, training is unsteady. Measured in some of the steps; epochs 1, 2, 4, 8, … have one at least.'));
  const at = epochs[epochs.length - 1];
  node.append(el('h3', {}, `Epoch ${at.epoch}, from the last layer to the first`), table(
    ['layer', 'size of δ', 'wires ×', 'amplifiers ×', 'slopes: 10 %, median, 90 %', 'dead units', 'saturated', 'update ÷ weights'],
    [...at.layers].reverse().map((l) => [l.layer, num(l.delta, 3), l.wires ? num(l.wires, 3) : '–', num(l.amplifiers, 3),
      `${num(l.gain_low, 3)}, ${num(l.gain_median, 3)}, ${num(l.gain_high, 3)}`, percent(l.share_dead), percent(l.share_saturated), num(l.update_ratio, 3)])));
  node.append(note('δ: root mean square over the rows of the step. Wires: what this layer\'s Wᵀ does to the error going further down. Dead: slope 0 in every row. Saturated: slope below a twentieth of the largest.'));
  const box = el('div', {class: 'charts'});
  const chart = (title, key, log, about) => {
    const series = layers.map((name, i) => ({name, tone: palette[i % palette.length], dash: i >= palette.length, points: epochs.map((e) => [e.epoch, e.layers[i] ? e.layers[i][key] : null]).filter((p) => p[1] !== null && (!log || p[1] > 0))}))
      .filter((s) => s.points.length > 0);
    if (series.length === 0) return;
    box.append(figure({title, series, x: axis('epoch', {min: report.history[0].epoch, max: report.history[report.history.length - 1].epoch}), y: axis('', log ? {type: 'logarithmic'} : {min: 0}), note: about,
      tooltipTitle: (items) => `epoch ${items[0].parsed.x}`, legend: layers.length <= 12}));
  };
  chart('Size of the error δ at each layer', 'delta', true, 'Lines far apart: the gradient vanishes or explodes on its way down.');
  chart('Amplifiers: what σ′ does to the error', 'amplifiers', false, null);
  chart('Wires: what Wᵀ does to the error', 'wires', true, null);
  chart('Update ÷ weights of a step', 'update_ratio', true, 'About 0.001 is usual; far above, the rate is too high, far below, too low.');
  if (epochs.some((e) => e.layers.some((l) => l.share_dead > 0))) chart('Share of dead units', 'share_dead', false, null);
  if (epochs.some((e) => e.layers.some((l) => l.share_saturated > 0))) chart('Share saturated', 'share_saturated', false, null);
  node.append(box);
}
