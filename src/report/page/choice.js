// The sections that tell how the model came about where it is not one plain run.

function foldsSection(folds) {
  const node = section('Folds', 'folds'), names = folds.metrics.map((m) => m.metric);
  node.append(el('p', {}, `${folds.count} networks, each trained without one of ${folds.count} parts of the rows. The model is all of them: its prediction is the mean of theirs. The scores are of the rows that a network did not train on.`));
  const cells = (pick) => folds.metrics.map((m) => score(pick(m)));
  node.append(table(['', 'rows', 'best epoch', ...names.map(metricName)], [
    ...folds.folds.map((f) => [`fold ${f.fold}`, whole(f.rows), `${f.best_epoch} of ${f.epochs}`, ...names.map((n) => score(f.metrics[n]))]),
    ['mean of the folds', '', '', ...cells((m) => m.mean)], ['standard deviation', '', '', ...cells((m) => m.sd)],
    ['all rows together', whole(folds.folds.reduce((sum, f) => sum + f.rows, 0)), '', ...cells((m) => m.together)]]));
  node.append(note('The rows that score a fold also chose its best epoch, which flatters it a little; the mean of all networks is mostly better than each. Every row’s prediction by the network that did not see it is in out_of_fold.csv. The charts of learning show means over the folds.'));
}

function calibrationSection(c, folds) {
  const node = section('Temperature', 'temperature'), names = Object.keys(c.before);
  node.append(el('p', {}, `The logits are divided by ${num(c.temperature, 4)} before they become probabilities: ${c.temperature > 1 ? 'they promised too much' : c.temperature < 1 ? 'they promised too little' : 'they were right as they were'}.`));
  node.append(table(['', 'before', 'after'], names.map((n) => [n === 'calibration_error' ? 'calibration error' : metricName(n), score(c.before[n]), score(c.after[n])])));
  node.append(note(`On the ${whole(c.rows)} ${folds ? 'out-of-fold' : 'validation'} rows that the temperature was chosen on, by the smallest log loss (Guo et al., 2017). Calibration error: how far promised and reached accuracy are apart, over 15 bins. All other numbers in this report are of the calibrated model.`));
}

function trialsSection(trials) {
  const node = section('The search', 'trials'), name = (trials.find((t) => t.metric) || {}).metric;
  const best = trials.filter((t) => t.improved).pop();
  const what = (t) => Object.entries(t.changes).map(([k, v]) => `${k} ${v}`).join('; ') || 'as given';
  node.append(el('p', {}, `${whole(trials.length)} trial${trials.length === 1 ? '' : 's'}; this report and the model are of trial ${best.number} (${what(best)}). The validation rows decided, so their scores are flattered, the more so the more trials there were; the test rows, if any, are not.`));
  node.append(table(['trial', 'what differs', `best ${name ? metricName(name) : 'value'}`, 'at epoch', 'of', 'seconds', 'ended'], trials.map((t) => [whole(t.number),
    {text: what(t), class: 'name'}, t.value === undefined ? '–' : `${score(t.value)}${t === best ? ' ★' : ''}`, t.best_epoch ? whole(t.best_epoch) : '', whole(t.epochs), num(t.seconds, 3), {text: short(t.ended, 90), title: t.ended, class: 'name'}]),
  {numbers: [0, 2, 3, 4, 5]}));
  node.append(note('★: the best, which was kept. Numbers that are not there are candidates that would not have been done in time.'));
}
