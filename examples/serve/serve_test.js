// Trains on the made-up table (or on a table that is given), serves the model, and asks it over HTTP.
// Usage: node serve_test.js RETROGRAD FOLDER [TABLE.csv TARGET]; exit code 77: ONNX Runtime is not installed.
'use strict';
const assert = require('assert/strict');
const { execFileSync, spawn } = require('child_process');
const fs = require('fs');
const path = require('path');

const [retrograd, folder, given, target] = process.argv.slice(2);
try {
  require.resolve('onnxruntime-node');
} catch {
  console.log('skipped: onnxruntime-node is missing; ./dev test installs it (npm ci in tests/parity)');
  process.exit(77);
}

const node = (script, ...args) => execFileSync(process.execPath, [path.join(__dirname, script), ...args], { encoding: 'utf8' });
const program = (...args) => execFileSync(retrograd, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function table() {
  if (given) return given;
  const file = path.join(folder, 'people.csv');
  fs.writeFileSync(file, node('make_table.js', '1500'));
  return file;
}

/** The first `count` rows of a simple CSV file as a user would send them: numbers as numbers, gaps left out. */
function rows(csv, without, count) {
  const [header, ...lines] = fs.readFileSync(csv, 'utf8').trimEnd().split('\n').map((line) => line.split(','));
  return lines.slice(0, count).map((fields) => Object.fromEntries(header
    .map((name, k) => [name, fields[k]])
    .filter(([name, text]) => name !== without && text !== '')
    .map(([name, text]) => [name, Number.isFinite(Number(text)) ? Number(text) : text])));
}

async function serve(model) {
  const child = spawn(process.execPath, [path.join(__dirname, 'serve.js'), model, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()));
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  return { child, url };
}

async function main() {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const csv = table(), name = target ?? 'income', run = path.join(folder, 'run');
  program('train', csv, '--target', name, '--out', run, '--epochs', '8', '--seed', '1');
  const asked = rows(csv, name, 200);
  const expected = program('predict', run, csv, '--proba').trimEnd().split('\n').slice(1, 201).map((line) => line.split(','));

  const { child, url } = await serve(path.join(run, 'model.onnx'));
  try {
    const post = async (value) => {
      const response = await fetch(`${url}/predict`, { method: 'POST', body: typeof value === 'string' ? value : JSON.stringify(value) });
      return { status: response.status, answer: await response.json() };
    };
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const { columns, outputs } = await (await fetch(url)).json();
    assert.deepEqual(outputs, ['label', 'probabilities', 'logits']);

    const { status, answer } = await post(asked);
    assert.equal(status, 200);
    assert.equal(answer.length, asked.length);
    answer.forEach(({ label, probabilities }, n) => {
      assert.equal(label, expected[n][0], `row ${n}`);
      probabilities.forEach((p, k) => assert.ok(Math.abs(p - Number(expected[n][k + 1])) < 1e-5, `row ${n}: ${p}`));
    });

    // Gaps and texts never seen are answered, as `retrograd predict` answers them: see the README.
    const odd = Object.fromEntries(columns.map(({ name: column, type }) => [column, type === 'string' ? 'never seen' : null]));
    for (const row of [odd, {}]) {
      const [{ label, probabilities }] = (await post([row])).answer;
      assert.ok(expected.some(([known]) => known === label), label);
      assert.ok(Math.abs(probabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    }
    assert.deepEqual((await post([])).answer, []);

    const number = columns.find(({ type }) => type === 'float32').name;
    for (const [sent, said] of [['{', /not JSON/], [{}, /list/], [[7], /row 0 is not an object/],
      [[{ [`${number}_`]: 1 }], /no column/], [[{ [number]: 'forty' }], /"forty" is not a number/]]) {
      const { status: refused, answer: { error } } = await post(sent);
      assert.equal(refused, 400);
      assert.match(error, said);
    }
    console.log(`${asked.length} rows answered as 'retrograd predict' does; gaps, unseen texts and bad requests too`);
  } finally {
    child.removeAllListeners('exit');
    child.kill();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
