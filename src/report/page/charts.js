// Charts: thin wrappers of Chart.js that take their colours from the style sheet, in light, dark and print.

const palette = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7', '--c8'];
const charts = [];
let printing = false;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(printing ? name + '-print' : name).trim() ||
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function faded(hex, opacity) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${opacity})`;
}

/// Vertical lines with a label, e.g. the best epoch.
const marksPlugin = {
  id: 'marks',
  afterDatasetsDraw(chart, _arguments, options) {
    for (const mark of options.marks || []) {
      const x = chart.scales.x.getPixelForValue(mark.x), {top, bottom, left, right} = chart.chartArea, c = chart.ctx;
      if (!(x >= left - 1 && x <= right + 1)) continue;
      c.save();
      c.strokeStyle = colour('--muted');
      c.fillStyle = colour('--ink');
      c.setLineDash([4, 3]);
      c.beginPath();
      c.moveTo(x, top);
      c.lineTo(x, bottom);
      c.stroke();
      c.font = `11px ${Chart.defaults.font.family}`;
      const wide = c.measureText(mark.label).width;
      c.textAlign = x + wide > right ? 'right' : 'left';
      c.fillText(mark.label, x + (c.textAlign === 'right' ? 5 : -5), top - 4);  // above: curves are below
      c.restore();
    }
  },
};

function dress(chart) {
  const ink = colour('--ink'), grid = colour('--line');
  for (const axis of Object.values(chart.options.scales)) {
    axis.grid = {...axis.grid, color: grid, borderColor: grid};
    axis.ticks = {...axis.ticks, color: ink};
    axis.title = {...axis.title, color: ink};
  }
  if (chart.options.plugins.legend) chart.options.plugins.legend.labels = {color: ink, boxWidth: 14, boxHeight: 2, font: {size: 12}};
  chart.data.datasets.forEach((set, i) => {
    const c = set.tone ? colour(set.tone) : colour(palette[i % palette.length]);
    set.borderColor = c;
    set.backgroundColor = set.fade ? faded(c, set.fade) : c;
    set.pointBackgroundColor = set.fade && set.showLine === false ? faded(c, set.fade) : c;
    if (set.showLine === false) set.pointBorderColor = 'transparent';
  });
}

function redress() {
  for (const chart of charts) {
    dress(chart);
    chart.resize();
    chart.update('none');
  }
}
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redress);
function forPaper(on) {
  if (on === printing) return;
  printing = on;
  if (on) for (const d of document.querySelectorAll('details:not([open])')) { d.open = true; d.dataset.opened = '1'; }
  else for (const d of document.querySelectorAll('details[data-opened]')) { d.open = false; delete d.dataset.opened; }
  redress();
}
window.addEventListener('beforeprint', () => forPaper(true));
window.addEventListener('afterprint', () => forPaper(false));
window.matchMedia('print').addEventListener('change', (e) => forPaper(e.matches));

Chart.defaults.font.family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.devicePixelRatio = Math.max(2, window.devicePixelRatio || 1);  // sharp on paper too

function axis(title, options = {}) {
  return {type: 'linear', title: {display: Boolean(title), text: title}, grid: {}, ...options,
    ticks: {maxRotation: 0, autoSkipPadding: 12, ...(options.type === 'category' ? {} : {callback: label}), ...options.ticks}};
}

/// Of a logarithmic axis 1, 2 and 5 of each power of ten.
function label(v) {
  if (this.type !== 'logarithmic') return num(v);
  return [1, 2, 5].includes(Number((v / 10 ** Math.floor(Math.log10(v) + 1e-9)).toPrecision(3))) ? num(v) : '';
}

/// A figure with a chart. `spec`: {title, x, y: axes, series: [{name, points: [[x, y] …], scatter, tone, dash, step, fade,
/// bar, fill}], marks, tooltip(item), height, legend, describe, horizontal}.
function figure(spec) {
  const canvas = el('canvas', {role: 'img', 'aria-label': spec.title + (spec.describe ? ': ' + spec.describe : '')});
  const node = el('figure', {class: spec.wide ? 'wide' : undefined}, el('figcaption', {}, spec.title),
    el('div', {class: 'chart', style: `height: ${spec.height || 230}px`}, canvas), spec.note ? note(spec.note) : null);
  const datasets = spec.series.map((s) => ({
    type: s.bar ? 'bar' : 'line', label: s.name, tone: s.tone, fade: s.fade || (s.fill ? 0.15 : 0),
    data: s.values || s.points.map(([x, y]) => ({x, y})), showLine: !s.scatter, borderWidth: s.bar ? 0 : s.thin ? 1 : 2,
    pointRadius: s.scatter ? s.radius || 2 : s.points && s.points.length === 1 ? 3 : s.dots ? 3 : 0,
    pointHitRadius: 6, pointHoverRadius: 4, borderDash: s.dash ? [5, 4] : [], stepped: s.step || false, fill: s.fill || false,
    spanGaps: true, tension: 0, extra: s.extra, categoryPercentage: 0.9, barPercentage: 0.95, xAxisID: 'x',
  }));
  const chart = new Chart(canvas, {
    type: spec.series.some((s) => s.bar) ? 'bar' : 'line',
    data: {labels: spec.labels, datasets},
    options: {
      indexAxis: spec.horizontal ? 'y' : 'x', responsive: true, parsing: spec.labels ? undefined : false,
      interaction: spec.interaction || {mode: 'index', intersect: false, axis: spec.horizontal ? 'y' : 'x'},
      scales: {x: spec.x, y: spec.y}, layout: {padding: {top: spec.marks && spec.marks.length ? 16 : 0}},
      plugins: {
        legend: {display: spec.legend !== undefined ? spec.legend : spec.series.length > 1, position: 'bottom',
          onClick: Chart.defaults.plugins.legend.onClick},
        tooltip: {callbacks: {
          title: spec.tooltipTitle || (() => ''),
          label: spec.tooltip || ((item) => `${item.dataset.label}: ${num(item.parsed.y, 5)}`),
        }},
        marks: {marks: spec.marks},
      },
    },
    plugins: [marksPlugin],
  });
  charts.push(chart);
  dress(chart);
  chart.update('none');
  return node;
}

/// Bars as small as text: a histogram or counts, one hover text each.
function spark(counts, describe, options = {}) {
  const width = options.width || 130, height = 26, step = width / counts.length, most = Math.max(...counts, 1);
  const bars = counts.map((count, i) => {
    const tall = count > 0 ? Math.max(1, height * count / most) : 0;
    return svg('g', {}, svg('title', {}, describe(i)),
      svg('rect', {x: i * step, y: 0, width: step, height, fill: 'transparent'}),
      svg('rect', {class: 'bar', x: i * step + 0.25, y: height - tall, width: Math.max(0.5, step - 0.5), height: tall}));
  });
  return svg('svg', {class: 'spark', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img'}, ...bars);
}

/// A grey picture of bytes.
function picture(pixels, shape, title) {
  const [height, width] = shape, canvas = el('canvas', {class: 'picture', width, height, title, role: 'img', 'aria-label': title});
  const context = canvas.getContext('2d'), image = context.createImageData(width, height);
  pixels.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}
