// A Chromium for the tests of pages: found on this machine, without a network, complaining of every error.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const kSkip = 77; // ctest's word for a test that could not run here

function chromium() {
  const places = [process.env.RETROGRAD_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return places.find((place) => place && existsSync(place));
}

/** A launched browser; ends the process as skipped where there is no Chromium or no playwright-core. */
export async function launch() {
  const executablePath = chromium();
  if (!executablePath) {
    console.log('skipped: no Chromium on this machine; ./dev test installs it (Debian package chromium)');
    process.exit(kSkip);
  }
  let playwright;
  try {
    playwright = await import('playwright-core');
  } catch {
    console.log('skipped: playwright-core is missing; ./dev test installs it (npm install in tests/browser)');
    process.exit(kSkip);
  }
  return playwright.chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/**
 * Opens a page file and waits until it is ready. `page.problems` collects console errors, exceptions and every request
 * that is not for the file itself or for data inside it.
 */
export async function open(browser, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.problems.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => page.problems.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => { page.problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url && !request.url().startsWith('data:')) page.problems.push(`request: ${request.url()}`);
  });
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('html[data-ready=yes]', { timeout: 20000 });
  page.openedIn = performance.now() - start;
  return page;
}
