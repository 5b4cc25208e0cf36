// The report of one run; of one that ended in an error before there was a model, what is known of it.

const report = JSON.parse(document.getElementById('data').textContent);

function part(name) { return report.results.find((r) => r.part === name); }
function metric(result, name) { return result && result.metrics.find((m) => m.metric === name); }

/// The number to put first: what the task is usually judged by.
function headlineMetric() { return report.data.task === 'regression' ? 'rmse' : 'accuracy'; }

function setting(name) { return (report.settings.find((s) => s.name === name) || {value: ''}).value; }

/// The last part of a path, without the folders above it.
function fileName(source) { return source.replace(/\/+$/, '').split('/').pop() || source; }

function targets() {
  return report.data.columns.filter((c) => c.role === 'target').map((c) => c.name);
}

function tile(label, value, sub) {
  return el('div', {class: 'tile'}, el('div', {class: 'label'}, label), el('div', {class: 'value'}, value), el('div', {class: 'sub'}, sub || ''));
}

function between(m) { return m && m.low !== undefined ? `95 %: ${score(m.low)} – ${score(m.high)}` : ''; }

function header() {
  const run = report.run, data = report.data, last = report.results[report.results.length - 1] || {};
  const title = `${targets().slice(0, 4).map((t) => short(t, 40)).join(', ') || 'target'} from ${short(fileName(setting('train')), 60)}`;
  document.title = `${title} – retrograd`;
  const modelled = Boolean(last.metrics), key = headlineMetric(), m = modelled && metric(last, key), base = last.baseline && last.baseline[key];
  const kind = data.task === 'classification' ? `${data.classes.length} classes` : data.task === 'multilabel' ? `${data.classes.length} labels` : 'regression';
  const where = last.part === 'train' ? 'the rows trained on' : `${whole(last.rows)} ${last.part} rows`;
  const interrupted = report.run.stopped === 'interrupted';
  document.getElementById('page').append(el('header', {},
    el('h1', {}, title), el('p', {class: 'subtitle'}, `${kind}; run folder ${run.folder}; written ${run.written} by retrograd ${run.version}`),
    run.error ? el('div', {class: 'warning', id: 'error', style: 'white-space: pre-line'}, el('strong', {}, modelled ? 'The run ended in an error. ' : 'The run ended in an error, without a model. '), run.error) : null,
    interrupted ? el('div', {class: 'warning'}, 'Training was interrupted. This report is of the best model up to then.') : null,
    el('div', {class: 'tiles'},
      modelled ? tile(`${metricName(key)} on ${where}`, m ? score(m.value) : '–', [between(m), base !== undefined && base !== null ? `without features ${score(base)}` : ''].filter(Boolean).join('; ')) : null,
      modelled && data.task === 'classification' && metric(last, 'auc') ? tile('AUC', score(metric(last, 'auc').value), between(metric(last, 'auc'))) : null,
      modelled && data.task === 'regression' ? tile('R²', score(metric(last, 'r2').value), between(metric(last, 'r2'))) : null,
      tile('rows trained on', whole(run.rows), modelled ? `${whole(run.parameters)} parameters` : ''),
      report.folds ? tile('folds', whole(report.folds.count), run.stopped) : run.best_epoch ? tile('best epoch', `${run.best_epoch} of ${run.epochs}`, run.stopped) : tile('whole epochs', whole(run.epochs), `ended by ${run.stopped}`),
      tile('training took', duration(run.seconds), modelled ? `${whole(run.rows_per_second)} rows/s` : '')),
    el('nav', {id: 'contents'})));
}

function decisions() {
  const node = section('What was asked, and what was decided', 'decisions', el('pre', {}, el('code', {class: 'command'}, report.run.command)));
  const warned = report.decisions.filter((l) => l.startsWith('warning: ')), said = report.decisions.filter((l) => !l.startsWith('warning: '));
  node.append(el('p', {}, `Task: ${report.data.task} (${report.data.task_why}).`));
  node.append(el('ul', {class: 'plain'}, said.map((line) => el('li', {}, line))));
  for (const w of warned) node.append(el('div', {class: 'warning'}, w));
}

function results() {
  const node = section('Results', 'results'), columns = report.results.map((r) => `${r.part} (${whole(r.rows)} rows)`);
  const metrics = report.results[0].metrics.map((m) => m.metric), last = report.results[report.results.length - 1];
  node.append(table(['', ...columns, 'without features'], metrics.map((name) => [metricName(name), ...report.results.map((r) => withInterval(metric(r, name))),
    last.baseline && last.baseline[name] !== undefined ? score(last.baseline[name]) : ''])));
  const drawn = report.results.filter((r) => r.rows_resampled < r.rows);
  node.append(note(`Behind each number: the middle 95 % of ${whole(last.resamples)} bootstrap resamples of the rows. `,
    drawn.length ? `Of ${drawn.map((r) => r.part).join(' and ')}, resamples of ${whole(drawn[0].rows_resampled)} rows, scaled to the number of rows. ` : '',
    'They say how much the number would vary with other rows, not with another seed. “Without features”: ',
    report.data.task === 'regression' ? 'predicting the mean.' : `predicting the most frequent class, or the classes' shares, of the ${last.part} rows.`,
    report.results.length > 1 && report.results[1].part === 'validation' ? ' The best epoch was chosen on the validation rows, which flatters them a little.' : '',
    report.folds ? ' Out-of-fold rows are predicted each by the one network that did not train on it.' : ''));
  if (report.results.length === 1) node.append(note('No rows were held out: these numbers do not say how good the model is on new rows.'));
}

function learning() {
  const history = report.history, run = report.run, node = section('Learning', 'learning'), box = el('div', {class: 'charts'});
  const line = (name, key, extra = {}) => ({name, points: history.filter((e) => Number.isFinite(e[key])).map((e) => [e.epoch, e[key]]), ...extra});
  const x = () => axis('epoch', {ticks: {precision: 0}, min: history.length > 1 ? history[0].epoch : undefined, max: history.length > 1 ? history[history.length - 1].epoch : undefined});
  const marks = run.best_epoch && history.some((e) => e.valid_loss !== undefined) ? [{x: run.best_epoch, label: `best: ${run.best_epoch}`}] : [];
  const title = (items) => `epoch ${items[0].parsed.x}`;
  const valid = history.some((e) => Number.isFinite(e.valid_loss));
  box.append(figure({title: 'Mean loss', wide: true, height: 280, x: x(), y: axis(''), marks, tooltipTitle: title,
    series: [line('train', 'train_loss'), ...(valid ? [line('validation', 'valid_loss')] : [])],
    note: 'Train: mean over the batches of the epoch while the network still changed' + (Number(setting('dropout')) > 0 ? ', with dropout on' : '') + '; validation: after the epoch.'}));
  if (run.metric !== 'loss' && history.some((e) => Number.isFinite(e.valid_metric)))
    box.append(figure({title: `${metricName(run.metric)} on the validation rows`, x: x(), y: axis(''), marks, tooltipTitle: title, series: [line(metricName(run.metric), 'valid_metric', {tone: '--c2'})]}));
  box.append(figure({title: 'Learning rate', x: x(), y: axis('', {min: 0}), tooltipTitle: title, series: [line('rate of the epoch\'s last step', 'learning_rate', {tone: '--c3'})]}));
  box.append(figure({title: 'Speed', x: x(), y: axis('rows/s', {min: 0}), tooltipTitle: title, tooltip: (i) => `${whole(i.parsed.y)} rows/s`,
    series: [{name: 'rows/s, validation included', points: history.map((e) => [e.epoch, e.rows_per_second]), tone: '--c4'}]}));
  node.append(box);
}

function mistakes() {
  const result = report.results[report.results.length - 1], close = report.close;
  const node = section(report.data.task === 'regression' ? 'Predictions and residuals' : 'Right and wrong', 'mistakes');
  node.append(el('p', {}, `On the ${whole(close.rows)} ${close.part} rows.`));
  if (report.data.task === 'classification') node.append(el('div', {class: 'side'}, confusion(result), classTable(result.report.classes, 'Class by class')));
  if (report.data.task === 'multilabel') node.append(classTable(result.report.labels, 'Label by label'));
  if (report.data.task === 'regression') {
    node.append(table(['', 'RMSE', 'MAE', 'R²', 'largest error', 'mean of the target', 'sd of the target'], result.report.outputs.map((o) => [{text: short(o.name, 40), title: o.name, class: 'name'},
      num(o.rmse), num(o.mae), num(o.r2), num(o.max_error), num(o.mean), num(o.sd)])), numberCharts(close));
    return;
  }
  const count = close.charts.classes, shown = close.charts.curves.length;
  if (count > 12) node.append(note(`Curves: the ${shown} of ${count} with the lowest AUC.`));
  node.append(classCharts(close, result));
}

function binName(h, i, step) {
  if (h.counts.length === 1) return num(h.from);
  const from = h.from + i * step, to = from + step;
  if (!h.integers) return `${num(from)} … ${num(to)}`;
  return step === 1 ? num(Math.ceil(from)) : `${num(Math.ceil(from))} … ${num(Math.floor(to))}`;
}

function distribution(c) {
  if (c.categories) {
    const all = c.others ? [...c.counts, c.others] : c.counts;
    return spark(all, (i) => i < c.categories.length ? `${c.categories[i]}: ${whole(c.counts[i])} rows` : `${c.other_categories} others: ${whole(c.others)} rows`);
  }
  const h = c.histogram;
  if (!h || !h.counts) return '';
  const step = (h.to - h.from) / h.counts.length;
  return spark(h.counts, (i) => `${binName(h, i, step)}: ${whole(h.counts[i])} rows`);
}

function range(c) {
  if (c.categories) return c.categories.slice(0, 3).map((v, i) => `${short(v, 18)} (${whole(c.counts[i])})`).join(', ') + (c.distinct > 3 ? ', …' : '');
  if (c.mean === undefined) return '';
  const h = c.histogram, beyond = h && h.below + h.above > 0 ? `; ${whole(h.below + h.above)} rows beyond ${num(h.from, 3)} … ${num(h.to, 3)} not drawn` : '';
  return `${num(c.min)} … ${num(c.max)}, mean ${num(c.mean, 3)}, sd ${num(c.sd, 3)}${beyond}`;
}

function data() {
  const d = report.data, node = section('The data', 'data');
  const source = (p) => p.source === d.parts[0].source ? setting('train') : p.source;
  node.append(el('dl', {class: 'facts'}, d.parts.map((p) => [el('dt', {}, p.name), el('dd', {}, `${whole(p.rows)} rows of ${source(p)}`)]).flat()));
  if (d.arrays) {
    const v = d.arrays.values;
    node.append(el('p', {}, `Each row has the shape ${d.arrays.shape.join(' × ')}.`));
    if (v.counts) node.append(el('div', {}, el('h3', {}, 'All numbers of all rows'), spark(v.counts, (i) => `${num(v.from + i * (v.to - v.from) / v.counts.length)} …: ${whole(v.counts[i])}`, {width: 320}),
      note(`${num(v.from)} … ${num(v.to)}${v.missing ? `; ${whole(v.missing)} missing` : ''}`)));
    if (d.arrays.means) node.append(el('h3', {}, 'The mean picture of each class'), el('div', {class: 'pictures'}, d.arrays.means.map((m) =>
      el('figure', {}, picture(m.pixels, d.arrays.shape, `mean of ${m.name}`), el('figcaption', {}, short(m.name, 20))))));
    const a = d.arrays.augmented;
    if (a) node.append(el('h3', {}, 'Training pictures as they are, and as the first epochs saw them'), ...a.rows.map((row, r) => el('div', {class: 'pictures'}, row.map((p, e) =>
      el('figure', {}, picture(p, d.arrays.shape, e ? `row ${r + 1} in epoch ${e}` : `row ${r + 1}`), el('figcaption', {}, e ? `epoch ${e}` : 'as it is'))))), note(`Changed anew in every epoch: ${a.how}.`));
  }
  const shown = d.columns.slice(0, 300);
  if (shown.length > 0) node.append(table(['column', 'type', 'role', 'distribution', 'values', 'missing', 'distinct', 'why this type'], shown.map((c) => [{text: short(c.name, 40), title: c.name, class: 'name'},
    c.type, c.role, distribution(c), {text: range(c), class: 'name wide'}, c.missing ? `${whole(c.missing)} (${percent(c.missing / d.rows_described)})` : '', c.distinct > 100000 ? '> 100,000' : whole(c.distinct), {text: c.why, class: 'name'}]), {numbers: [5, 6]}));
  if (shown.length < d.columns.length) node.append(note(`And ${whole(d.columns.length - shown.length)} columns more, in report.json.`));
  node.append(note('Distributions of numbers are of the rows trained on, counts of categories of all rows read for training.'));
}

function machine() {
  const run = report.run, node = section('Network, time and speed', 'speed');
  node.append(table(['value', 'computed by', 'width', 'parameters'], report.network.layers.map((l) => [l.name, l.operator, whole(l.width), l.parameters ? whole(l.parameters) : '']), {numbers: [2, 3]}));
  node.append(el('dl', {class: 'facts'}, ...[['training', `${duration(run.seconds)}, ${run.epochs} epochs, ${whole(run.steps)} steps of ${whole(run.batch)} rows`],
    ['speed', `${whole(run.rows_per_second)} rows/s, validation included; ${whole(run.flops_per_row)} floating-point operations a row, so ${num(run.gflops, 3)} GFLOP/s${run.precision === 'float32' ? `, ${percent(run.gflops / run.peak_gflops)} of the ${num(run.peak_gflops, 3)} that multiply-adds alone reached after training` : ''}`],
    ['machine', `${run.threads} thread${run.threads === 1 ? '' : 's'}, ${run.simd}, ${run.precision}`]].map(([k, v]) => [el('dt', {}, k), el('dd', {}, v)]).flat()));
}

function reproduce() {
  const run = report.run, node = section('Configuration, and how to repeat it', 'configuration');
  if (run.fingerprint) {
    node.append(el('p', {}, 'The same data and configuration give this model again, to the bit, on any number of threads; the fingerprint says so.'));
    node.append(el('pre', {}, el('code', {class: 'command'}, `retrograd train --config ${quoted(run.folder.replace(/\/+$/, '') + '/config.toml')} --out again`)));
  }
  node.append(el('dl', {class: 'facts'}, run.fingerprint ? [el('dt', {}, 'fingerprint'), el('dd', {}, el('code', {id: 'fingerprint'}, run.fingerprint))] : [], el('dt', {}, 'version'), el('dd', {}, `retrograd ${run.version}`)));
  const settings = (which) => table(['setting', 'value'], which.map((s) => [`${s.section}.${s.name}`, {text: s.value, class: 'name'}]), {numbers: []});
  const known = report.settings.filter((s) => s.value !== '');
  node.append(el('h3', {}, 'Asked for'), settings(known.filter((s) => s.given)),
    el('details', {}, el('summary', {}, 'Defaults, and what was decided'), el('h3', {class: 'paper'}, 'Defaults, and what was decided'), settings(known.filter((s) => !s.given))));
  node.append(el('details', {}, el('summary', {}, 'config.toml'), el('h3', {class: 'paper'}, 'config.toml'), el('pre', {}, report.config)));
}

header();
decisions();
if (report.results.length > 0) results();
if (report.folds) foldsSection(report.folds);
if (report.trials) trialsSection(report.trials);
if (report.calibration) calibrationSection(report.calibration, Boolean(report.folds));
if (report.history.length > 0) learning();
if (report.close) {
  mistakes();
  importanceSection(report.close);
  wrongSection(report);
}
gradientSection(report);
data();
if (report.network) machine();
reproduce();
document.getElementById('contents').append(...[...document.querySelectorAll('section')].map((s) => el('a', {href: '#' + s.id}, s.querySelector('h2').textContent)));
document.documentElement.dataset.ready = 'yes';
