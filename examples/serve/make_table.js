// Writes a made-up table of people and their income, with gaps: node make_table.js [ROWS] > people.csv
// Income follows a rule with chance in it: schooling and hours add up, age helps until sixty, gains decide.
'use strict';

const rows = Number(process.argv[2] ?? 3000);
let state = 20240229n;

/** Uniform in [0, 1): Knuth's linear congruential generator (MMIX), upper 32 bits. */
function uniform() {
  state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
  return Number(state >> 32n) / 2 ** 32;
}

function pick(weights) {
  let left = uniform() * Object.values(weights).reduce((a, b) => a + b, 0);
  for (const [name, weight] of Object.entries(weights)) if ((left -= weight) < 0) return name;
  return Object.keys(weights)[0];
}

const schooling = { 'some-school': -1, 'high-school': 0, 'college': 0.8, 'bachelors': 1.8, 'masters': 2.6 };

const lines = ['age,workclass,education,married,hours,capital_gain,income'];
for (let row = 0; row < rows; ++row) {
  const age = 17 + Math.floor(60 * uniform() * uniform() + 8 * uniform());
  const workclass = pick({ private: 70, government: 15, 'self-employed': 12, '': 3 });
  const education = pick({ 'some-school': 15, 'high-school': 35, college: 25, bachelors: 18, masters: 7 });
  const married = uniform() < Math.min(0.8, (age - 15) / 30) ? 'yes' : 'no';
  const hours = uniform() < 0.05 ? '' : String(20 + Math.floor(45 * uniform()));
  const gain = uniform() < 0.08 ? Math.floor(15000 * uniform()) : 0;
  const score = schooling[education] + (married === 'yes' ? 1 : -0.8) + 0.05 * ((hours || 40) - 40) -
                0.002 * (age - 55) ** 2 + gain / 3000 + (workclass === 'self-employed' ? 0.4 : 0) - 1;
  lines.push([age, workclass, education, married, hours, gain,
              uniform() < 1 / (1 + Math.exp(-2 * score)) ? '>50K' : '<=50K'].join(','));
}
process.stdout.write(`${lines.join('\n')}\n`);
