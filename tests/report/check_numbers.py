"""Trains with the command line and recomputes the numbers of report.json from the predictions that `retrograd predict`
writes, in plain Python, and with scikit-learn where it is installed. Also reads the event files back.
Usage: check_numbers.py RETROGRAD FOLDER"""
import csv
import glob
import json
import math
import os
import random
import shutil
import subprocess
import sys

from read_events import events

try:
    from sklearn import metrics as sk
except ImportError:
    sk = None

program, folder = sys.argv[1], sys.argv[2]
checks = 0


def near(found, expected, what, tolerance=1e-6):
    global checks
    checks += 1
    if not abs(found - expected) <= tolerance * max(1, abs(expected)):
        sys.exit(f'{what}: the report says {found}, recomputed {expected}')


def same(found, expected, what):
    global checks
    checks += 1
    if found != expected:
        sys.exit(f'{what}: the report says {found}, expected {expected}')


def retrograd(*arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'retrograd {" ".join(arguments)}: exit code {done.returncode}\n{done.stderr}')
    return done.stdout


def table(name):
    with open(os.path.join(folder, name), newline='') as f:
        return list(csv.DictReader(f))


def run(name, target, *flags):
    retrograd('train', f'{name}.csv', '--target', target, '--test', f'{name}_test.csv', '--out', name, '--preset', 'plain', '--epochs', '8', '--quiet',
              '--tensorboard', *flags)
    proba = ['--proba'] if name != 'price' else []
    retrograd('predict', name, f'{name}_test.csv', *proba, '--out', f'{name}_p.csv')
    report = json.load(open(os.path.join(folder, name, 'report.json')))
    same([r['part'] for r in report['results']], ['train', 'validation', 'test'], 'parts')
    return report, table(f'{name}_test.csv'), table(f'{name}_p.csv')


def metric(report, name):
    return next(m for m in report['results'][-1]['metrics'] if m['metric'] == name)


def make(name, rows, row):
    random.seed(name)
    for suffix, count in (('', rows), ('_test', rows // 3)):
        with open(os.path.join(folder, f'{name}{suffix}.csv'), 'w', newline='') as f:
            out = csv.writer(f)
            for i in range(count):
                record = row(i)
                if i == 0:
                    out.writerow(record.keys())
                out.writerow(record.values())


def features():
    a, b = random.gauss(0, 1), random.gauss(50, 20)
    return {'a': f'{a:.3f}', 'b': '' if random.random() < 0.05 else f'{b:.2f}', 'city': random.choice(['Rome', 'Oslo', 'Lima', 'Bonn'])}, a, b


def auc(scores, positive):
    """Over all pairs, ties one half."""
    ups = [s for s, y in zip(scores, positive) if y]
    downs = [s for s, y in zip(scores, positive) if not y]
    return sum((u > d) + 0.5 * (u == d) for u in ups for d in downs) / (len(ups) * len(downs))


def average_precision(scores, positive):
    total, before, area = sum(positive), 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        taken = [y for s, y in zip(scores, positive) if s >= threshold]
        recall = sum(taken) / total
        area, before = area + (recall - before) * sum(taken) / len(taken), recall
    return area


def check_classes(name, classes, row):
    make(name, 900, row)
    report, truth_rows, predictions = run(name, 'label')
    truth = [r['label'] for r in truth_rows]
    p = [[float(r[f'p({c})']) for c in classes] for r in predictions]
    guess = [classes[max(range(len(classes)), key=lambda k: row[k])] for row in p]
    n = len(truth)
    same([r['prediction'] for r in predictions], guess, 'predictions')
    near(metric(report, 'accuracy')['value'], sum(t == g for t, g in zip(truth, guess)) / n, 'accuracy')
    near(metric(report, 'log_loss')['value'], -sum(math.log(max(1e-15, r[classes.index(t)])) for r, t in zip(p, truth)) / n, 'log loss')
    near(metric(report, 'brier')['value'], sum(sum((q - (c == t)) ** 2 for q, c in zip(r, classes)) for r, t in zip(p, truth)) / n, 'Brier')
    matrix = [[sum(t == i and g == j for t, g in zip(truth, guess)) for j in classes] for i in classes]
    same(report['results'][-1]['report']['confusion'], matrix, 'confusion matrix')
    f1 = []
    for k, c in enumerate(classes):
        hits, support, predicted = matrix[k][k], sum(matrix[k]), sum(r[k] for r in matrix)
        f1.append(2 * hits / (support + predicted))
    near(metric(report, 'macro_f1')['value'], sum(f1) / len(f1), 'macro F1')
    near(metric(report, 'balanced_accuracy')['value'], sum(matrix[k][k] / sum(matrix[k]) for k in range(len(classes))) / len(classes), 'balanced accuracy')
    areas = []
    for curve in report['close']['charts']['curves']:
        k = classes.index(curve['name'])
        scores, positive = [r[k] for r in p], [t == curve['name'] for t in truth]
        areas.append(auc(scores, positive))
        near(curve['auc'], areas[-1], f'AUC of {curve["name"]}')
        near(curve['average_precision'], average_precision(scores, positive), f'average precision of {curve["name"]}')
        for x, y, threshold in curve['roc'][1:]:
            # Thresholds are rounded to five significant digits: the point took all scores that round to more, and no
            # score that rounds to less.
            for scores_at, least in ((lambda s: s > threshold, True), (lambda s: s >= threshold, False)):
                rate = sum(y2 for s, y2 in zip(scores, positive) if scores_at(float(f'{s:.5g}'))) / sum(positive)
                if (least and rate > y + 1e-4) or (not least and rate < y - 1e-4):
                    sys.exit(f'ROC of {curve["name"]}: {y} at {threshold}, recomputed {rate}')
        if sk:
            near(curve['auc'], sk.roc_auc_score(positive, scores), 'AUC, scikit-learn')
            near(curve['average_precision'], sk.average_precision_score(positive, scores), 'average precision, scikit-learn')
    near(metric(report, 'auc')['value'], sum(areas) / len(areas), 'AUC')
    if sk:
        near(metric(report, 'accuracy')['value'], sk.accuracy_score(truth, guess), 'accuracy, scikit-learn')
        near(metric(report, 'balanced_accuracy')['value'], sk.balanced_accuracy_score(truth, guess), 'balanced accuracy, scikit-learn')
        near(metric(report, 'macro_f1')['value'], sk.f1_score(truth, guess, average='macro'), 'macro F1, scikit-learn')
        near(metric(report, 'log_loss')['value'], sk.log_loss(truth, p, labels=classes), 'log loss, scikit-learn')
    # The wrong rows: the smallest probabilities of the right class among the rows predicted wrong.
    worst = sorted((r[classes.index(t)], i + 1) for i, (r, t, g) in enumerate(zip(p, truth, guess)) if t != g)[:20]
    same([w['row'] for w in report['close']['wrong']], [i for _, i in worst], 'wrong rows')
    for w in report['close']['wrong']:
        same(w['actual'], truth[w['row'] - 1], 'actual class of a wrong row')
        for column, value in w['values']:
            given = truth_rows[w['row'] - 1][column]
            near(float(value), float(given), f'{column} of row {w["row"]}', 1e-5) if column in 'ab' and given else same(value, given or '(missing)', column)
    check_calibration(report, p, truth, classes)
    check_bootstrap(report, 'accuracy', [float(t == g) for t, g in zip(truth, guess)])
    return report


def check_calibration(report, p, truth, classes):
    bins = report['close']['charts'].get('reliability')
    if bins is None:
        return
    for b in bins:
        inside = [(r[1], t == classes[1]) for r, t in zip(p, truth) if b['lower'] <= r[1] < b['upper'] or (b['upper'] == 1 and r[1] == 1)]
        near(b['weight'], len(inside), 'rows of a calibration bin')
        near(b['mean'], sum(s for s, _ in inside) / len(inside), 'mean of a calibration bin')
        near(b['share'], sum(y for _, y in inside) / len(inside), 'share of a calibration bin')


def check_bootstrap(report, name, values):
    """The interval against a bootstrap of one's own, with other random numbers: the ends vary by a few percent."""
    random.seed(5)
    means = sorted(sum(random.choices(values, k=len(values))) / len(values) for _ in range(1000))
    m = metric(report, name)
    width = means[974] - means[24]
    near(m['low'], means[24], f'lower end of {name}', 0.15 * width)
    near(m['high'], means[974], f'upper end of {name}', 0.15 * width)


def check_numbers():
    def row(_):
        record, a, b = features()
        return {**record, 'price': f'{100 + 10 * a + 0.3 * b + random.gauss(0, 2):.2f}'}
    make('price', 900, row)
    report, truth_rows, predictions = run('price', 'price')
    y, p = [float(r['price']) for r in truth_rows], [float(r['prediction']) for r in predictions]
    n, mean = len(y), sum(y) / len(y)
    squares = sum((a - b) ** 2 for a, b in zip(y, p))
    near(metric(report, 'rmse')['value'], math.sqrt(squares / n), 'RMSE', 1e-5)
    near(metric(report, 'mae')['value'], sum(abs(a - b) for a, b in zip(y, p)) / n, 'MAE', 1e-5)
    near(metric(report, 'r2')['value'], 1 - squares / sum((a - mean) ** 2 for a in y), 'R²', 1e-5)
    if sk:
        near(metric(report, 'r2')['value'], sk.r2_score(y, p), 'R², scikit-learn', 1e-5)
        near(metric(report, 'mae')['value'], sk.mean_absolute_error(y, p), 'MAE, scikit-learn', 1e-5)
    output = report['close']['charts']['outputs'][0]
    same(len(output['points']), n, 'points')
    for (a, b), c, d in zip(output['points'], y, p):
        near(a, c, 'actual', 1e-4)
        near(b, d, 'predicted', 1e-4)
    h = output['residuals']
    same(sum(h['counts']) + h['below'] + h['above'], n, 'residuals')
    worst = sorted(range(n), key=lambda i: -abs(p[i] - y[i]))[:20]
    same([w['row'] for w in report['close']['wrong']], [i + 1 for i in worst], 'wrong rows')


def check_history(name, report):
    lines = [json.loads(line) for line in open(os.path.join(folder, name, 'history.jsonl'))]
    same(report['history'], lines, 'history')
    rows = table(f'{name}/history.csv')
    same(len(rows), len(lines), 'lines of history')
    files = glob.glob(os.path.join(folder, name, 'tensorboard', 'events.out.tfevents.*'))
    same(len(files), 1, 'event files')
    read = events(files[0])
    same(read[0].get('file_version'), 'brain.Event:2', 'first event')
    same([e['step'] for e in read[1:]], [line['steps'] for line in lines], 'steps of events')
    for event, line, row in zip(read[1:], lines, rows):
        near(event['scalars']['loss/train'], line['train_loss'], 'loss/train', 1e-6)
        near(event['scalars']['loss/validation'], line['valid_loss'], 'loss/validation', 1e-6)
        near(event['scalars']['learning_rate'], line['learning_rate'], 'learning_rate', 1e-6)
        near(float(row['train_loss']), line['train_loss'], 'train_loss', 0)
        for layer in line.get('layers', []):
            near(event['scalars'][f'amplifiers/{layer["layer"]}'], layer['amplifiers'], 'amplifiers', 1e-6)
    same(any('layers' in line for line in lines), True, 'statistics of layers')


def damaged_events_are_noticed(name):
    """The reader itself: a changed byte anywhere must not go unnoticed."""
    path = glob.glob(os.path.join(folder, name, 'tensorboard', 'events.out.tfevents.*'))[0]
    content = open(path, 'rb').read()
    for at in (3, 9, 20, len(content) // 2, len(content) - 1):
        with open(os.path.join(folder, 'damaged'), 'wb') as f:
            f.write(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
        try:
            events(os.path.join(folder, 'damaged'))
        except (ValueError, IndexError):
            continue
        sys.exit(f'a changed byte at {at} of an event file went unnoticed')


def two(_):
    record, a, b = features()
    return {**record, 'label': 'yes' if a + b / 40 - 1.2 + random.gauss(0, 0.8) > 0 else 'no'}


def four(_):
    record, a, b = features()
    return {**record, 'label': 'ABCD'[min(3, max(0, int(a + 2 + random.gauss(0, 0.5))))]}


def pages():
    """Runs whose pages the browser looks at."""
    names = ['</script><script>window.hacked=1</script>', '<img src=x onerror=window.hacked=1>', '{{data}}<!--', '__proto__']
    classes = ['"><svg onload=window.hacked=1>', "a'b&amp;"]

    def row(i):
        return {names[0]: random.random(), names[1]: random.choice(classes), names[2]: random.random(), names[3]: random.choice(classes), 'constructor': classes[i % 2]}
    make('hostile', 120, row)
    retrograd('train', 'hostile.csv', '--target', 'constructor', '--out', 'hostile', '--epochs', '2', '--quiet')
    retrograd('train', 'two.csv', '--target', 'label', '--out', 'short', '--epochs', '1', '--valid-fraction', '0', '--quiet')
    retrograd('train', 'two.csv', '--target', 'label', '--test', 'two_test.csv', '--out', 'slow', '--preset', 'plain', '--epochs', '8', '--lr', '0.0001', '--quiet')
    pixels = bytes(random.randrange(256) if (i // 30) % 3 == (i % 30) // 10 else random.randrange(60) for i in range(30 * 300))
    for name, head, content in (('images', [8, 3, 300, 6, 5], pixels), ('labels', [8, 1, 300], bytes(i % 3 for i in range(300)))):
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(bytes([0, 0, *head[:2]]) + b''.join(size.to_bytes(4, 'big') for size in head[2:]) + content)
    retrograd('train', 'idx:images,labels', '--out', 'pictures', '--epochs', '3', '--quiet')
    text = retrograd('compare', 'two', 'slow', 'short', '--out', 'compare.html')
    for expected in ('lr', 'test accuracy', 'validation accuracy', 'fingerprint'):
        same(expected in text, True, f'compare says {expected}')
    comparison = json.loads(retrograd('compare', 'two', 'slow', '--json'))
    same([s['name'] for s in comparison['settings']], ['lr'], 'what differs')


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
check_history('two', check_classes('two', ['no', 'yes'], two))
check_classes('four', ['A', 'B', 'C', 'D'], four)
check_numbers()
damaged_events_are_noticed('two')
pages()
print(f'{checks} numbers agree' + ('' if sk else ' (scikit-learn is not installed)'))
