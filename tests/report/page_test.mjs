// The report's pages in a real browser. Usage: node page_test.mjs FOLDER, where check_numbers.py left its runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { launch, open } from '../browser/browser.mjs';

const folder = process.argv[2];
const browser = await launch();
const data = (run) => JSON.parse(readFileSync(join(folder, run, 'report.json'), 'utf8'));

/** Opens a page, gives it to `body`, and holds it to its manners: no errors, no requests, and built to its end. */
async function on(path, body, options) {
  const page = await open(browser, join(folder, path), options);
  try {
    const last = page.locator('section').last();
    assert.equal(await last.getAttribute('id'), path.endsWith('compare.html') ? 'asked' : 'configuration', `${path} ends early`);
    assert.ok((await last.locator('pre code').first().textContent()).startsWith('retrograd train'), `${path}: its last section is empty`);
    await body(page);
    assert.deepEqual(page.problems, []);
  } finally {
    await page.context().close();
  }
}

/** Canvases on which nothing was drawn. */
const blank = (page) => page.evaluate(() => [...document.querySelectorAll('figure canvas')].filter((canvas) => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return canvas.width === 0 || !pixels.some((v) => v !== 0);
}).map((canvas) => canvas.getAttribute('aria-label')));

const sections = (page) => page.locator('section').evaluateAll((all) => all.map((s) => s.id));
const textOf = (page, selector) => page.locator(selector).first().innerText();

after(() => browser.close());

describe('a classifier', () => {
  test('has every section, every chart drawn, and the numbers of report.json', () => on('two/report.html', async (page) => {
    const report = data('two');
    assert.deepEqual(await sections(page), ['decisions', 'results', 'learning', 'mistakes', 'importance', 'wrong', 'gradients', 'data', 'speed', 'configuration']);
    assert.deepEqual(await blank(page), []);
    const accuracy = report.results[2].metrics.find((m) => m.metric === 'accuracy').value;
    assert.equal(await textOf(page, '.tile .value'), accuracy.toFixed(4));
    const cells = await page.locator('table.confusion tbody tr').evaluateAll((rows) => rows.map((r) => [...r.cells].slice(1, 3).map((c) => Number(c.textContent))));
    assert.deepEqual(cells, report.results[2].report.confusion);
    assert.equal(await textOf(page, '#fingerprint'), report.run.fingerprint);
    assert.equal(await page.locator('#wrong tbody tr').count(), report.close.wrong.length);
    assert.equal(await textOf(page, '#wrong td code'), `retrograd explain two two_test.csv --row ${report.close.wrong[0].row}`);
    assert.equal(await page.locator('#data tbody tr').count(), report.data.columns.length);
    assert.equal(await page.locator('#data svg.spark').count(), report.data.columns.length);
  }));

  test('hovering a curve shows the values there', () => on('two/report.html', async (page) => {
    const report = data('two'), canvas = page.locator('#learning canvas').first();
    await canvas.scrollIntoViewIfNeeded();
    const at = await page.evaluate(() => {
      const chart = Chart.getChart(document.querySelector('#learning canvas'));
      return {x: chart.scales.x.getPixelForValue(3), y: (chart.chartArea.top + chart.chartArea.bottom) / 2};
    });
    await canvas.hover({position: at});
    const shown = await page.evaluate(() => {
      const tooltip = Chart.getChart(document.querySelector('#learning canvas')).tooltip;
      return {visible: tooltip.opacity, title: tooltip.title, lines: tooltip.body.map((b) => b.lines[0])};
    });
    assert.equal(shown.visible, 1);
    assert.deepEqual(shown.title, ['epoch 3']);
    const text = (v) => String(Number(v.toPrecision(5)));
    assert.deepEqual(shown.lines, [`train: ${text(report.history[2].train_loss)}`, `validation: ${text(report.history[2].valid_loss)}`]);
  }));

  test('what is drawn is what report.json says', () => on('two/report.html', async (page) => {
    const report = data('two');
    const drawn = await page.evaluate(() => Object.values(Chart.instances).map((c) => ({label: c.canvas.getAttribute('aria-label'), sets: c.data.datasets.map((s) => s.data)})));
    const roc = drawn.find((c) => c.label.startsWith('ROC'));
    assert.deepEqual(roc.sets[0].map((p) => [p.x, p.y]), report.close.charts.curves[0].roc.map((p) => p.slice(0, 2)));
    const bars = drawn.find((c) => c.label.startsWith('Rise of the loss'));
    assert.deepEqual(bars.sets[0], report.close.importance.groups.map((g) => g.loss).sort((a, b) => b - a));
  }));

  test('fits a phone, the dark and paper', async () => {
    for (const path of ['two', 'four', 'price', 'pictures', 'hostile'].map((run) => `${run}/report.html`).concat('compare.html')) await on(path, async (page) => {
      const [wide, screen] = await page.evaluate(() => [document.scrollingElement.scrollWidth, window.innerWidth]);
      assert.ok(wide <= screen, `${path} is ${wide} px wide on a screen of ${screen}`);
    }, {viewport: {width: 390, height: 844}});
    await on('two/report.html', async (page) => {
      const ink = await page.evaluate(() => Object.values(Chart.instances)[0].options.scales.x.ticks.color);
      assert.equal(ink, '#e6e9ee');
      await page.emulateMedia({media: 'print'});
      await page.waitForFunction(() => Object.values(Chart.instances).every((c) => c.options.scales.x.ticks.color === '#1c2430'), null, {timeout: 10000});
      assert.equal(await page.locator('details:not([open])').count(), 0);
    }, {colorScheme: 'dark'});
  });
});

describe('other tasks', () => {
  test('four classes', () => on('four/report.html', async (page) => {
    assert.deepEqual(await blank(page), []);
    const report = data('four');
    const cells = await page.locator('table.confusion tbody tr').evaluateAll((rows) => rows.map((r) => [...r.cells].slice(1, 5).map((c) => Number(c.textContent))));
    assert.deepEqual(cells, report.results[2].report.confusion);
  }));

  test('numbers', () => on('price/report.html', async (page) => {
    assert.deepEqual(await blank(page), []);
    const report = data('price');
    const points = await page.evaluate(() => Object.values(Chart.instances).find((c) => c.canvas.getAttribute('aria-label').startsWith('Predicted against actual')).data.datasets[0].data.length);
    assert.equal(points, report.close.charts.outputs[0].points.length);
    assert.match(await textOf(page, '.tile .label'), /RMSE/);
  }));

  test('pictures', () => on('pictures/report.html', async (page) => {
    const report = data('pictures');
    assert.equal(await page.locator('#data canvas.picture').count(), report.data.arrays.means.length);
    assert.equal(await page.locator('#importance .heat > div').count(), report.close.importance.groups.length);
  }));

  test('one epoch without validation', () => on('short/report.html', async (page) => {
    assert.deepEqual(await blank(page), []);
    assert.match(await textOf(page, '#results'), /No rows were held out/);
  }));
});

describe('hostile names', () => {
  test('stay text', () => on('hostile/report.html', async (page) => {
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    const report = data('hostile'), names = report.data.columns.map((c) => c.name);
    assert.ok(names.some((n) => n.includes('</script>')));
    const shown = await page.locator('#data tbody tr td:first-child').evaluateAll((all) => all.map((c) => c.getAttribute('title')));
    assert.deepEqual(shown, names);
    assert.equal(await page.locator('main img, main script, main iframe').count(), 0);
  }));
});

describe('a comparison', () => {
  test('shows the runs and their curves', () => on('compare.html', async (page) => {
    assert.deepEqual(await sections(page), ['results', 'settings', 'learning', 'asked']);
    assert.deepEqual(await blank(page), []);
    assert.match(await textOf(page, '#settings'), /train\.lr/);
  }));
});
