// Runs graphs in ONNX Runtime for the program that wrote FOLDER/request.json, and answers in FOLDER/response.json.
// Numbers travel as raw little-endian files, texts as JSON. Usage: node run_graph.js FOLDER
'use strict';
const fs = require('fs');
const path = require('path');

const folder = process.argv[2];
const file = (name) => path.join(folder, name);
const request = JSON.parse(fs.readFileSync(file('request.json'), 'utf8'));
const answer = (value) => fs.writeFileSync(file('response.json'), JSON.stringify(value));

const arrays = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array };

function read(tensor) {
  const bytes = fs.readFileSync(file(tensor.file));
  if (tensor.type === 'string') return JSON.parse(bytes.toString('utf8'));
  const copy = new Uint8Array(bytes); // a Buffer may lie at an odd address
  return new arrays[tensor.type](copy.buffer, 0, copy.byteLength / arrays[tensor.type].BYTES_PER_ELEMENT);
}

function write(name, type, parts, dims, saved) {
  const values = [];
  for (const part of parts) {
    if (type === 'string') values.push(...part);
    else values.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  }
  fs.writeFileSync(file(saved), type === 'string' ? JSON.stringify(values) : Buffer.concat(values));
  return { name, type, dims, file: saved };
}

async function run(ort, job, index) {
  const session = await ort.InferenceSession.create(file(job.model), { logSeverityLevel: 3, intraOpNumThreads: 2 });
  const inputs = job.inputs.map((tensor) => ({ ...tensor, values: read(tensor) }));
  const outputs = new Map(session.outputNames.map((name) => [name, { parts: [], dims: null, type: '' }]));
  let begin = 0;
  do { // once for no rows at all
    const rows = Math.min(job.block, job.rows - begin);
    const feeds = {};
    for (const { name, type, dims, values } of inputs) {
      const width = dims.slice(1).reduce((a, b) => a * b, 1);
      feeds[name] = new ort.Tensor(type, values.slice(begin * width, (begin + rows) * width), [rows, ...dims.slice(1)]);
    }
    for (const [name, tensor] of Object.entries(await session.run(feeds))) {
      const out = outputs.get(name);
      out.type = tensor.type;
      out.parts.push(tensor.data);
      out.dims = out.dims === null ? [...tensor.dims] : [out.dims[0] + tensor.dims[0], ...out.dims.slice(1)];
    }
    begin += rows;
  } while (begin < job.rows);
  return {
    outputs: [...outputs].map(([name, out], k) => write(name, out.type, out.parts, out.dims, `out-${index}-${k}`)),
  };
}

async function main() {
  let place;
  try {
    place = require.resolve('onnxruntime-node', { paths: [request.folder] });
  } catch {
    answer({ missing: `onnxruntime-node is not installed where ${request.folder} would find it` });
    return;
  }
  let ort;
  try {
    ort = require(place);
  } catch (error) {
    answer({ missing: `onnxruntime-node in ${path.dirname(place)} does not load: ${error.message}` });
    return;
  }
  const results = [];
  for (const [index, job] of request.jobs.entries()) {
    try {
      results.push(await run(ort, job, index));
    } catch (error) {
      results.push({ error: String(error.message) });
    }
  }
  answer({ version: ort.env.versions.node ?? ort.env.versions.common, results });
}

main();
