// Several runs side by side.

const comparison = JSON.parse(document.getElementById('data').textContent), runs = comparison.runs;
document.title = `${runs.length} runs – retrograd`;
document.getElementById('page').append(el('header', {}, el('h1', {}, `${runs.length} run${runs.length === 1 ? '' : 's'} side by side`),
  el('p', {class: 'subtitle'}, runs.map((r) => r.name).join(', ')), el('nav', {id: 'contents'})));
if (new Set(runs.map((r) => r.task)).size > 1 || new Set(runs.map((r) => r.rows)).size > 1)
  document.querySelector('header').append(el('div', {class: 'warning'}, 'The runs differ in their task or in the number of rows they trained on: their results may not be comparable.'));

const head = ['', ...runs.map((r) => ({text: short(r.name, 30), title: r.name}))];

section('Results', 'results', table(head, comparison.results.map((r) => [`${r.part}: ${metricName(r.metric)}`,
  ...r.values.map((v, i) => ({text: withInterval(v), class: runs.length > 1 && i === r.best ? 'best' : ''}))])),
note('Bold: the best. Intervals: the middle 95 % of bootstrap resamples of the rows; where they overlap widely, the difference may be chance.'));

const settings = comparison.settings.map((s) => [`${s.section}.${s.name}`, ...s.values.map((v) => ({text: v === null ? '–' : v === '' ? '(none)' : v, class: 'name'}))]);
section('What differs', 'settings', settings.length ? table(head, settings, {numbers: []}) : el('p', {}, 'The configuration is the same in all runs.'),
  table(head, [['rows trained on', 'rows'], ['parameters', 'parameters'], ['epochs', 'epochs'], ['best epoch', 'best_epoch'], ['rows/s', 'rows_per_second'], ['threads', 'threads']]
    .map(([label, key]) => [label, ...runs.map((r) => whole(r[key]))]).concat([['training took', ...runs.map((r) => duration(r.seconds))], ['fingerprint', ...runs.map((r) => el('code', {}, r.fingerprint.slice(0, 12)))]])));

const curves = el('div', {class: 'charts'});
function curve(title, key, extra = {}) {
  const series = runs.map((r, i) => ({name: short(r.name, 30), tone: palette[i % palette.length], dash: i >= palette.length,
    points: r.history.filter((e) => Number.isFinite(e[key])).map((e) => [e.epoch, e[key]])})).filter((s) => s.points.length > 0);
  if (series.length === 0) return;
  curves.append(figure({title, series, legend: true, height: 300, x: axis('epoch'), y: axis('', extra), tooltipTitle: (items) => `epoch ${items[0].parsed.x}`}));
}
curve('Validation loss', 'valid_loss');
curve('Train loss', 'train_loss');
if (new Set(runs.map((r) => r.metric)).size === 1 && runs[0].metric !== 'loss') curve(`Validation: ${metricName(runs[0].metric)}`, 'valid_metric');
curve('Learning rate', 'learning_rate', {min: 0});
section('Learning', 'learning', curves);
section('What was asked', 'asked', runs.map((r) => [el('h3', {}, r.name), el('pre', {}, el('code', {class: 'command'}, r.command))]).flat());
document.getElementById('contents').append(...[...document.querySelectorAll('section')].map((s) => el('a', {href: '#' + s.id}, s.querySelector('h2').textContent)));
document.documentElement.dataset.ready = 'yes';
