// The page of an explanation in a real browser: what is clicked, typed and read on it, against the receipt.
// Usage: node explain_test.mjs FOLDER, where make_pages wrote NAME.html and NAME.json.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch, open } from './browser.mjs';

const folder = process.argv[2];
const file = (name) => join(folder, name);
const receipt = (name) => JSON.parse(readFileSync(file(`${name}.json`), 'utf8'));
const browser = await launch();
const close = (a, b, tolerance) => Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-30);

/** Opens `name`, gives it to `body`, and holds it to its manners: no errors, no requests. */
async function on(name, body, options) {
  const page = await open(browser, file(`${name}.html`), options);
  try {
    await body(page, receipt(name));
    assert.deepEqual(page.problems, []);
  } finally {
    await page.context().close();
  }
}

const gradientOf = (r, value) => r.gradients.find((g) => g.about === value).computed;
const valueOf = (r, name) => r.values.find((v) => v.name === name).computed;
const total = (page) => page.locator('#card [data-total]').first().getAttribute('data-total').then(Number);
const opened = (page) => page.locator('#card').getAttribute('data-open');
const item = (page, key) => page.locator(`[data-key="${key}"]`);

after(() => browser.close());

describe('the worked example', () => {
  test('every hidden neuron and output shows the numbers of the receipt', () => on('lecture', async (page, r) => {
    for (const [column, layer] of [[1, 1], [2, 2], [3, 3]]) {
      for (const unit of [0, 1]) {
        const delta = gradientOf(r, `z${layer}`)[unit];
        await item(page, `r:${column}:${unit}`).click();
        assert.equal(await opened(page), `r:${column}:${unit}`);
        const recorded = Number(await page.locator('#card [data-recorded]').last().getAttribute('data-recorded'));
        assert.ok(close(recorded, delta, 1e-12), `∂l/∂z${layer}[${unit + 1}]: ${recorded}, receipt ${delta}`);
      }
    }
  }));

  test('the sums of the cards add up to what the network computed', () => on('lecture', async (page, r) => {
    for (const [column, layer] of [[1, 1], [2, 2]]) {
      for (const unit of [0, 1]) {
        await item(page, `f:${column}:${unit}`).click();
        assert.ok(close(await total(page), valueOf(r, `z${layer}`)[unit], 1e-6));
        await item(page, `r:${column}:${unit}`).click();
        assert.ok(close(await total(page), gradientOf(r, `a${layer}`)[unit], 1e-6));
      }
    }
  }));

  test('a wire opens its gradient: what enters it times ∂l/∂z', () => on('lecture', async (page, r) => {
    const W3 = r.parameters.find((p) => p.name === 'W3');
    for (const [half, i, j] of [['f', 0, 1], ['r', 1, 0]]) {
      await item(page, `${half}w:2:${i}:${j}`).locator('.hit').dispatchEvent('click');
      assert.equal(await opened(page), `${half}w:2:${i}:${j}`);
      assert.ok(close(await total(page), W3.gradient[i * W3.cols + j], 1e-6));
    }
  }));

  test('the output shows the long way and p − y', () => on('lecture', async (page, r) => {
    await item(page, 'r:loss').click();
    assert.ok(close(await total(page), gradientOf(r, 'z3')[0], 1e-6));
    assert.match(await page.locator('#card').innerText(), /collapses/);
  }));

  test('the chosen gradient and the update are those of the receipt', () => on('lecture', async (page, r) => {
    const d = r.derivations[0];
    assert.equal(Number(await page.locator('#gradient').getAttribute('data-value')), d.nodes[0].value.computed);
    assert.equal(Number(await page.locator('#after').getAttribute('data-value')), d.update.after);
    assert.match(await page.locator('#verdict').innerText(), /✓/);
  }));

  test('a term leads to the number that it used', () => on('lecture', async (page, r) => {
    const d = r.derivations[0];
    const target = d.nodes[0].paths[0].terms[0].node;
    await page.locator(`#node-${target}`).evaluate((details) => { details.open = false; });
    await page.locator('#derivation table button.link').first().click();
    assert.equal(await page.locator(`#node-${target}`).getAttribute('open'), '');
    assert.ok((await page.locator(`#node-${target} summary`).first().innerText()).includes(d.nodes[target].symbol));
  }));

  test('numbers show every digit in their title', () => on('lecture', async (page) => {
    const numbers = await page.locator('data.n').evaluateAll((all) => all.map((n) => [n.title.replace('−', '-'), n.value]));
    assert.ok(numbers.length > 40);
    for (const [title, value] of numbers) assert.equal(title, value);
  }));

  test('the pointer shows a line over a wire', () => on('lecture', async (page) => {
    await item(page, 'f:1:0').hover();
    assert.ok(await page.locator('#tip').isVisible());
    assert.match(await page.locator('#tip').innerText(), /z1\[1\] = 4/);
  }));
});

describe('switches', () => {
  test('forward, backward, both', () => on('lecture', async (page) => {
    const visible = async () => [await page.locator('#forward-half').isVisible(), await page.locator('#reverse-half').isVisible()];
    assert.deepEqual(await visible(), [true, true]);
    await page.locator('#switch-half input[value=forward]').check();
    assert.deepEqual(await visible(), [true, false]);
    await page.locator('#switch-half input[value=reverse]').check();
    assert.deepEqual(await visible(), [false, true]);
    await page.locator('#switch-half input[value=both]').check();
    assert.deepEqual(await visible(), [true, true]);
  }));

  test('this row, the batch: wires show what the rows add up to', () => on('batch', async (page, r) => {
    await page.locator('#switch-scope input[value=row]').check();
    assert.equal(await page.locator('#row-shares').isVisible(), false);
    await page.locator('#switch-scope input[value=batch]').check();
    assert.equal(await page.locator('#row-shares').isVisible(), true);
    const link = 1;
    const W2 = r.parameters.find((p) => p.name === 'W2');
    await item(page, `fw:${link}:0:1`).locator('.hit').dispatchEvent('click');
    const shown = Number(await page.locator('#card [data-batch]').getAttribute('data-batch'));
    assert.equal(shown, W2.gradient[1]);
    assert.equal(await item(page, `fw:${link}:0:1`).getAttribute('data-shown').then(Number), W2.gradient[1]);
    await page.locator('#switch-scope input[value=row]').check();
    assert.equal(await item(page, `fw:${link}:0:1`).getAttribute('data-shown').then(Number), W2.values[1]);
  }));

  test('a single row has no batch to switch to', () => on('lecture', async (page) => {
    assert.equal(await page.locator('#switch-scope').count(), 0);
  }));

  test('light, dark, and what the system prefers', async () => {
    await on('lecture', async (page) => {
      assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const dark = await paper();
      await page.locator('#switch-theme input[value=light]').check();
      assert.notEqual(await paper(), dark);
    }, { colorScheme: 'dark' });
  });
});

describe('on paper', () => {
  test('the drawing and its legend fit on one page', () => on('lecture', async (page) => {
    await page.emulateMedia({ media: 'print' });
    const [drawing, figure] = await page.evaluate(() => ['#canvas svg', 'figure'].map((what) => document.querySelector(what).getBoundingClientRect().height));
    assert.ok(drawing > 100 && figure < 500, `${drawing} and ${figure} of a page of 500`);
  }, { viewport: { width: 700, height: 500 } }));
});

describe('steps of the backward pass', () => {
  test('they follow the reverse program, from the loss to the first layer', () => on('lecture', async (page, r) => {
    const where = page.locator('#step-where');
    const steps = r.backward.length;
    assert.equal(await where.innerText(), `${steps} steps`);
    const seen = [];
    for (let k = 0; k < steps; ++k) {
      await page.locator('#step-on').click();
      assert.equal(await where.innerText(), `step ${k + 1} of ${steps}`);
      seen.push(await page.locator('#running code').innerText());
      assert.equal(await page.locator('#reverse-half .now.pending').count(), 0);
    }
    assert.equal(await page.locator('#step-on').isDisabled(), true);
    assert.equal(await page.locator('#reverse-half .pending').count(), 0);
    const order = r.backward.filter((e) => e.kind === 'backward').map((e) => e.forward);
    assert.deepEqual(order, ['l', 'z3', 'a2', 'z2', 'a1', 'z1']);
    const expected = [/∂L\/∂l/, /∂l\/∂z3 = p − y/, /∂l\/∂a2 = W3 · ∂l\/∂z3/, /∂l\/∂z2 = sigmoid′\(z2\)/, /∂l\/∂a1 = W2/, /∂l\/∂z1 = sigmoid′/, /∂l\/∂W1/];
    seen.forEach((words, k) => assert.match(words, expected[k]));
  }));

  test('what has not run yet is faint, what runs is marked', () => on('lecture', async (page) => {
    for (let k = 0; k < 4; ++k) await page.keyboard.press('.');
    assert.match(await item(page, 'r:2:0').getAttribute('class'), /now/);
    assert.match(await item(page, 'r:1:0').getAttribute('class'), /pending/);
    assert.doesNotMatch(await item(page, 'r:3:0').getAttribute('class'), /pending|now/);
    await page.keyboard.press(',');
    assert.match(await item(page, 'r:2:0').getAttribute('class'), /pending/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#reverse-half .pending').count(), 0);
  }));
});

describe('keyboard and readers', () => {
  test('one tab stop; arrows move over neurons and wires; Enter opens', () => on('lecture', async (page) => {
    assert.equal(await page.locator('#canvas .item[tabindex="0"]').count(), 1);
    await item(page, 'f:1:0').click();
    const focused = () => page.evaluate(() => document.activeElement.dataset.key);
    await item(page, 'f:1:0').focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'f:1:1');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'r:1:0');
    await page.keyboard.press('ArrowRight');
    assert.match(await focused(), /^rw:1:/);
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'r:2:0');
    await page.keyboard.press('Enter');
    assert.equal(await opened(page), 'r:2:0');
    assert.equal(await page.locator('#canvas .item[tabindex="0"]').count(), 1);
  }));

  test('every item says what it is; headings and sections are named', () => on('lecture', async (page) => {
    const labels = await page.locator('.item').evaluateAll((all) => all.map((i) => [i.getAttribute('role'), i.getAttribute('aria-label')]));
    assert.ok(labels.length > 30);
    for (const [role, label] of labels) {
      assert.equal(role, 'button');
      assert.ok(label && label.length > 4);
    }
    for (const section of await page.locator('section').all()) {
      const heading = page.locator(`#${await section.getAttribute('aria-labelledby')}`);
      assert.ok((await heading.innerText()).length > 4);
    }
    assert.equal(await page.locator('h1').count(), 1);
  }));
});

describe('names from data', () => {
  test('hostile column and class names are text and nothing else', () => on('batch', async (page, r) => {
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator('img, iframe, object, embed, script[src]').count(), 0);
    assert.equal(await page.locator('script').count(), 3);
    const names = r.values.find((v) => v.units?.some((u) => u.includes('</script>'))).units;
    const inside = await page.evaluate(() => JSON.parse(document.getElementById('receipt').textContent).values.find((v) => v.units?.some((u) => u.includes('script>'))).units);
    assert.deepEqual(inside, names);
    const source = readFileSync(file('batch.html'), 'utf8');
    assert.equal(source.split('</script>').length - 1, 3);
    assert.ok(!/[\u2028\u2029]/.test(source));
  }));
});

describe('large networks', () => {
  test('784-256-128-10: under 2 MB, ready in under 2 s', () => on('large', async (page) => {
    const bytes = statSync(file('large.html')).size;
    assert.ok(bytes < 2e6, `${bytes} bytes`);
    // The fastest of three: the machine may be busy with other tests.
    let best = page.openedIn;
    for (let k = 0; k < 2; ++k) {
      const again = await open(browser, file('large.html'));
      best = Math.min(best, again.openedIn);
      await again.context().close();
    }
    console.log(`784-256-128-10: ${(bytes / 1e6).toFixed(2)} MB, ready in ${best.toFixed(0)} ms`);
    assert.ok(best < 2000, `${best} ms`);
  }));

  test('with the gradients of a batch: under 2 MB too', () => {
    const bytes = statSync(file('large_batch.html')).size;
    assert.ok(bytes < 2e6, `${bytes} bytes`);
  });

  test('weights beyond what a page carries are left out, and it says so', () => on('huge', async (page, r) => {
    assert.ok(statSync(file('huge.html')).size < 2e6);
    assert.match(await page.locator('#forward-half').textContent(), /1,100,000 weights/);
    await page.locator('#forward-half .neuron').first().click();
    assert.match(await page.locator('#card').innerText(), /1,100,000 weights are too many/);
    assert.equal(Number(await page.locator('#gradient').getAttribute('data-value')), r.derivations[0].nodes[0].value.computed);
  }));

  test('the rest is folded and counted', () => on('large', async (page) => {
    const folds = await page.locator('#reverse-half .fold').evaluateAll((all) => all.map((f) => f.textContent));
    assert.equal(folds.length, 3);
    assert.match(folds[0], /25\d more.*% of the sum/);
    const shown = await page.locator('#reverse-half .amplifier').count();
    const counted = folds.slice(0, 2).map((f) => Number(/^\d+/.exec(f)[0])).reduce((a, b) => a + b);
    assert.equal(shown + counted, 256 + 128);
  }));

  test('focus on one neuron shows its wires; its sums agree with the receipt', () => on('large', async (page, r) => {
    await page.locator('#focus-column').selectOption('1');
    await page.locator('#focus-unit').fill('200');
    await page.locator('#focus-unit').press('Enter');
    assert.equal(await item(page, 'r:1:199').count(), 1);
    const into = await page.locator('#reverse-half .wire:not(.aside)[data-key^="rw:1:199:"]').count();
    assert.ok(into >= 5);
    await item(page, 'f:1:199').click();
    assert.ok(close(await total(page), valueOf(r, 'z1')[199], 1e-4));
    await item(page, 'r:1:199').click();
    assert.ok(close(await total(page), gradientOf(r, 'a1')[199], 1e-4));
  }));

  test('a click on the heat strip puts that unit in focus', () => on('large', async (page) => {
    const strip = page.locator('image[data-strip="f:2"]');
    const box = await strip.boundingBox();
    await strip.click({ position: { x: box.width * 3.5 / 32, y: box.height * 1.5 / 4 } });
    assert.equal(await opened(page), 'f:2:35');
    assert.equal(await item(page, 'f:2:35').count(), 1);
  }));
});

describe('a smoothed target', () => {
  test('the numbers of the loss give it, and p − y′ is the gradient', () => on('smoothed', async (page, r) => {
    const sum = (await page.locator('#statement').innerText()).replaceAll('−', '-').replace(/\s/g, '');
    const terms = [...sum.matchAll(/-([\d.]+)·ln[^\d]*([\d.]+)/g)].map(([, y, p]) => -y * Math.log(p));
    assert.equal(terms.length, 3);
    assert.ok(close(terms.reduce((a, b) => a + b), r.losses[r.focus], 1e-3));
    await item(page, 'r:loss').click();
    const shown = (await page.locator('#card').innerText()).replaceAll('−', '-').replace(/\s/g, '');
    assert.match(shown, /every∂l\/∂pis-y′\/p/);
    const headings = await page.locator('.back-step h3').allInnerTexts();
    assert.ok(headings.some((words) => words.endsWith('p − y′')), headings.join('; '));
    for (let k = 0; k < 2; ++k) await page.locator('#step-on').click();
    assert.match(await page.locator('#running code').innerText(), /= p − y′$/);
    assert.ok(close(await total(page), gradientOf(r, 'z2')[r.long_way.target.indexOf(1)], 1e-6));
  }));
});

describe('other networks', () => {
  const kinds = { residual: 'a skip connection, layer normalisation, dropout, regression', squared: 'sigmoid outputs with squared error',
    binary: 'one output', labels: 'several labels', branches: 'two branches joined, batch normalisation', smoothed: 'a smoothed target' };
  for (const [name, words] of Object.entries(kinds)) {
    test(`${words}: every item opens, every step runs`, () => on(name, async (page, r) => {
      const items = await page.locator('#canvas .item').evaluateAll((all) => all.map((i) => i.dataset.key));
      assert.ok(items.length > 15);
      for (const key of new Set(items)) {
        await item(page, key).first().dispatchEvent('click');
        assert.equal(await opened(page), key);
      }
      const text = await page.locator('main').innerText();
      assert.doesNotMatch(text, /undefined|\[object|NaN/);
      for (let k = 0; k < r.backward.length; ++k) await page.locator('#step-on').click();
      assert.equal(await page.locator('#step-where').innerText(), `step ${r.backward.length} of ${r.backward.length}`);
    }));
  }

  test('a disagreement of the audit is red, and named', () => on('wrong', async (page) => {
    assert.match(await page.locator('#verdict').innerText(), /✗ 1 of/);
    assert.equal(await page.locator('#audit-table tr.disagree').count(), 1);
    const [ink, plain] = await page.evaluate(() => [getComputedStyle(document.querySelector('#audit-table tr.disagree td')).color, getComputedStyle(document.body).color]);
    assert.notEqual(ink, plain);
  }));

  test('a telephone: nothing but figures and tables is wider than the screen', () => on('lecture', async (page) => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }));
});
