// Answers raw rows of a table with a model that retrograd wrote, in ONNX Runtime. It knows nothing of the model but its
// graph: which columns there are, and whether each is a number or a text.
// Usage: node serve.js MODEL.onnx [PORT]; it listens on this machine alone. See README.md.
'use strict';
const http = require('http');
const ort = require('onnxruntime-node');

const kMaxBytes = 1 << 20; // of a request
const kMaxRows = 10000;

class BadRequest extends Error {}

const missing = (value) => value === null || value === undefined || value === '';

/** One value of a column as the graph takes it: NaN and '' are missing. */
function encode(column, value, row) {
  if (column.type === 'string') return missing(value) ? '' : String(value);
  if (missing(value)) return NaN;
  const number = typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : Number.NaN;
  if (!Number.isFinite(number)) throw new BadRequest(`row ${row}, '${column.name}': ${JSON.stringify(value)} is not a number`);
  return number;
}

/** One tensor [N, 1] a column; a column that a row leaves out is missing in it. */
function feeds(columns, rows) {
  if (!Array.isArray(rows) || rows.length > kMaxRows) throw new BadRequest(`expected a list of at most ${kMaxRows} rows`);
  const names = new Set(columns.map((column) => column.name));
  rows.forEach((row, n) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new BadRequest(`row ${n} is not an object`);
    for (const name of Object.keys(row)) {
      if (!names.has(name)) throw new BadRequest(`row ${n}: no column '${name}'; there are ${[...names].join(', ')}`);
    }
  });
  const tensors = {};
  for (const column of columns) {
    const values = rows.map((row, n) => encode(column, row[column.name], n));
    const data = column.type === 'string' ? values : Float32Array.from(values);
    tensors[column.name] = new ort.Tensor(column.type, data, [rows.length, 1]);
  }
  return tensors;
}

/** Row n of an output: a number or text where there is one a row, else a list. */
function row(tensor, n) {
  const width = tensor.dims.slice(1).reduce((a, b) => a * b, 1);
  const values = Array.from(tensor.data.slice(n * width, (n + 1) * width), (v) => (typeof v === 'bigint' ? Number(v) : v));
  return tensor.dims.length === 1 || width === 1 ? values[0] : values;
}

async function body(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    if ((bytes += part.length) > kMaxBytes) throw new BadRequest(`more than ${kMaxBytes} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (error) {
    throw new BadRequest(`not JSON: ${error.message}`);
  }
}

async function main() {
  const [file, port] = process.argv.slice(2);
  if (!file) throw new Error('usage: node serve.js MODEL.onnx [PORT]');
  const session = await ort.InferenceSession.create(file);
  const columns = session.inputMetadata.map(({ name, type }) => ({ name, type }));

  async function answer(request) {
    if (request.method === 'GET' && request.url === '/') return { columns, outputs: session.outputNames };
    if (request.method !== 'POST' || request.url !== '/predict') throw new BadRequest('GET / or POST /predict');
    const rows = await body(request);
    const outputs = await session.run(feeds(columns, rows));
    return rows.map((_, n) => Object.fromEntries(session.outputNames.map((name) => [name, row(outputs[name], n)])));
  }

  const server = http.createServer(async (request, response) => {
    let status = 200, result;
    try {
      result = await answer(request);
    } catch (error) {
      status = error instanceof BadRequest ? 400 : 500;
      result = { error: error.message };
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(result)}\n`);
  });
  server.listen(Number(port ?? 8080), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
}

main().catch((error) => {
  console.error(`serve: ${error.message}`);
  process.exit(1);
});
