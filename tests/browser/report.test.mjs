// report.html in a browser, used as a reader would: nothing is fetched, nothing complains, every task is drawn, and
// zoom, search, hover and click do what they say. tools/browser_test writes the reports first.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {chromium} from 'playwright-core';

const OUT = resolve(import.meta.dirname, '../../build/browser');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];
const SIX = ['submit', 'ready', 'dispatch', 'start', 'end', 'finish'];

let profile;
let browser;
before(async () => {
  profile = mkdtempSync(join(tmpdir(), 'npusched-browser-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS});
});
after(async () => {
  await browser?.close();
  rmSync(profile, {recursive: true, force: true});
});

const report = scenario => join(OUT, scenario, 'report.html');
const summary = scenario => JSON.parse(readFileSync(join(OUT, scenario, 'summary.json'), 'utf8'));

/** The page, ready; fails at its end when anything was logged, thrown or fetched. */
async function withReport(scenario, {width = 1400, height = 1000, theme = 'light'} = {}, use) {
  const page = await browser.newPage();
  const wrong = [];
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) wrong.push(message.text()); });
  page.on('pageerror', error => wrong.push(error.stack));
  page.on('request', request => {
    const url = request.url();
    if (url !== `file://${report(scenario)}` && !url.startsWith('data:')) wrong.push(`request ${url}`);
  });
  await page.setViewportSize({width, height});
  await page.emulateMedia({colorScheme: theme});
  const begin = Date.now();
  await page.goto(`file://${report(scenario)}`);
  await page.waitForSelector('html[data-ready]', {timeout: 60_000});
  await page.waitForFunction(() => document.querySelector('canvas').dataset.drawnTasks > 0);
  await use(page, Date.now() - begin);
  assert.deepEqual(wrong, []);
  await page.close();
}

const zoomOf = page => page.locator('.panels').evaluate(list => Number(list.dataset.zoom));
const settled = page => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Moves over a canvas until something of this kind is under the mouse; its tooltip. */
async function findUnderMouse(page, has) {
  const canvas = page.locator('canvas').first();
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  for (let y = 60; y < Math.min(box.height, 500); y += 5) {
    for (let x = 140; x < box.width - 20; x += 60) {
      await page.mouse.move(box.x + x, box.y + y);
      if (await page.locator(`.tip:visible ${has}`).count() > 0) return {x: box.x + x, y: box.y + y};
    }
  }
  assert.fail(`nothing with ${has} under the mouse`);
}

for (const scenario of ['pr337', 'decode_forward']) {
  test(`${scenario}: draws every task of summary.json, variant by variant`, async () => {
    await withReport(scenario, {}, async page => {
      const {variants} = summary(scenario);
      for (let i = 0; i < variants.length; ++i) {
        for (let j = 0; j < variants.length; ++j) {
          await page.locator(`input[data-variant="${j}"]`).setChecked(i === j);
        }
        await page.waitForFunction(label => {
          const all = [...document.querySelectorAll('canvas')];
          return all.length === 1 && all[0].dataset.run === label && all[0].dataset.drawnTasks > 0;
        }, variants[i].name);
        assert.equal(Number(await page.locator('canvas').getAttribute('data-drawn-tasks')), variants[i].tasks.total);
      }
    });
  });

  test(`${scenario}: opens in 3 seconds and stays below 15 MB`, async () => {
    assert.ok(statSync(report(scenario)).size < 15e6, `${statSync(report(scenario)).size} bytes`);
    const opened = [];  // other work on the machine may slow one of them
    for (let i = 0; i < 3 && !(Math.min(...opened) < 3000); ++i) {
      await withReport(scenario, {}, async (page, milliseconds) => { opened.push(milliseconds); });
    }
    assert.ok(Math.min(...opened) < 3000, `${opened.join(', ')} ms`);
  });
}

test('says question and answer first, and which variants there are', async () => {
  await withReport('pr337', {}, async page => {
    assert.match(await page.locator('h1').textContent(), /pull request 337/);
    assert.match(await page.locator('#answer').textContent(), /^all is the fastest of 6, .* as fast as none/);
    assert.equal(await page.locator('.comparison tbody tr').count(), summary('pr337').variants.length);
    assert.match(await page.locator('.bound.binding').first().textContent(), /binds/);
  });
});

test('zooms with buttons, wheel and keys, moves by dragging, and fits again', async () => {
  await withReport('decode_forward', {}, async page => {
    await page.getByRole('button', {name: '+', exact: true}).click();
    await settled(page);
    assert.equal(await zoomOf(page), 2);
    const canvas = page.locator('canvas').first();
    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + 100);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await settled(page);
    const wheeled = await zoomOf(page);
    assert.ok(wheeled > 2, `zoom ${wheeled}`);
    const from = () => page.locator('.panels').evaluate(list => Number(list.dataset.from));
    const before = await from();
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 200, box.y + 100, {steps: 4});
    await page.mouse.up();
    await settled(page);
    assert.ok(await from() > before);
    await page.keyboard.press('-');
    await settled(page);
    assert.ok(await zoomOf(page) < wheeled);
    const drawn = Number(await canvas.getAttribute('data-drawn-tasks'));
    assert.ok(drawn < summary('decode_forward').variants[0].tasks.total, 'only what is in the window is drawn');
    await page.keyboard.press('0');
    await settled(page);
    assert.equal(await zoomOf(page), 1);
  });
});

test('searching a kernel highlights it and counts its tasks, Enter goes from one to the next', async () => {
  await withReport('pr337', {}, async page => {
    await page.keyboard.press('/');
    await page.keyboard.type('silu');
    await settled(page);
    const counts = summary('pr337').variants.filter(v => ['none', 'all'].includes(v.name)).map(v => v.kernels.silu.count);
    assert.equal(await page.locator('.matches').textContent(), `${counts.join(' / ')} tasks`);
    assert.equal(await page.locator('.chip[aria-pressed=true]').textContent(), 'silu');
    await page.keyboard.press('Enter');
    const title = page.locator('.details h3');
    const first = await title.textContent();
    assert.match(first, /^silu #\d+$/);
    await page.keyboard.press('Enter');
    await settled(page);
    assert.notEqual(await title.textContent(), first);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.details').isVisible(), false);
    assert.equal(await page.locator('.chip[aria-pressed=true]').count(), 0);
  });
});

test('hovering a task shows its six times in order, and why it waited', async () => {
  await withReport('decode_forward', {}, async page => {
    await findUnderMouse(page, '.times');
    const names = await page.locator('.tip .times tr').evaluateAll(rows => rows.map(r => r.dataset.time));
    assert.deepEqual(names, SIX);
    const times = await page.locator('.tip .times td:nth-child(2)').allTextContents();
    const values = times.map(t => Number(t.replaceAll(',', '').replace(' µs', '')));
    for (const value of values) assert.ok(Number.isFinite(value), times.join(' '));
    const [submit, ready, dispatch, start, end, finish] = values;
    assert.ok(submit <= ready && dispatch < start && start < end && end < finish, times.join(' '));
    assert.match(await page.locator('.tip').textContent(), /Waited longest: /);
  });
});

test('clicking a task lists producers and consumers with reasons, and they lead on', async () => {
  await withReport('pr337', {}, async page => {
    const at = await findUnderMouse(page, '.times');
    await page.mouse.click(at.x, at.y);
    assert.equal(await page.locator('.details').isVisible(), true);
    await page.keyboard.press('/');
    await page.keyboard.type('down_proj_residual');
    await page.keyboard.press('Enter');
    const reasons = await page.locator('.details .producers .reason').allTextContents();
    assert.ok(reasons.includes('tensor map'), reasons.join(', '));
    const link = page.locator('.details .producers .task').first();
    const name = await link.textContent();
    await link.click();
    assert.equal(await page.locator('.details h3').textContent(), name);
    assert.ok(await page.locator('.details .consumers .task').count() > 0);
    assert.ok(await zoomOf(page) > 1);
  });
});

test('the graph has a node per kernel and names what a variant changed', async () => {
  await withReport('pr337', {}, async page => {
    const kernels = Object.keys(summary('pr337').variants.at(-1).kernels);
    const nodes = await page.locator('.graph .node').evaluateAll(list => list.map(n => n.dataset.kernel));
    for (const kernel of kernels) assert.ok(nodes.includes(kernel), kernel);
    assert.match(await page.locator('#graph').textContent(), /Against none:/);
  });
});

test('prints light, tables whole, axis and lanes on one scale', async () => {
  await withReport('pr337', {theme: 'dark'}, async page => {
    await page.emulateMedia({media: 'print', colorScheme: 'dark'});
    await page.setViewportSize({width: 718, height: 1000});  // A4 between its margins
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await settled(page);
    const {axis, scale, lanes, tables, back} = await page.evaluate(() => ({
      axis: document.querySelector('.axis').getBoundingClientRect().width,
      scale: document.querySelector('.axis').viewBox.baseVal.width,
      lanes: [...document.querySelectorAll('canvas')].map(c => [c.getBoundingClientRect().width, c.width / devicePixelRatio]),
      tables: [...document.querySelectorAll('.comparison, .kernels, .figures')].map(t => t.getBoundingClientRect().right),
      back: getComputedStyle(document.body).backgroundColor}));
    for (const drawn of lanes) assert.deepEqual(drawn, [axis, scale]);
    for (const right of tables) assert.ok(right <= 718, `a table ends at ${right}`);
    assert.equal(back, 'rgb(255, 255, 255)');
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(20, 23, 27)');
  });
});

test('a label of a bar is whole or not there', async () => {
  await withReport('decode_forward', {width: 640}, async page => {
    const labels = await page.locator('.stack .part span').evaluateAll(list => list.map(label => {
      const [inner, outer] = [label.getBoundingClientRect(), label.parentElement.getBoundingClientRect()];
      return {text: label.textContent, shown: inner.top < outer.bottom, fits: inner.right <= outer.right + 0.5};
    }));
    assert.ok(labels.some(l => l.shown));
    for (const {text, shown, fits} of labels) assert.ok(!shown || fits, text);
  });
});

for (const width of [1400, 640]) {
  for (const theme of ['light', 'dark']) {
    test(`fits ${width} pixels in the ${theme} theme`, async () => {
      for (const scenario of ['pr337', 'decode_forward']) {
        await withReport(scenario, {width, theme}, async page => {
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${overflow} pixels too wide`);
          const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
          assert.equal(back, theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 27)');
          await page.screenshot({path: join(OUT, `${scenario}-${width}-${theme}.png`), fullPage: true});
        });
      }
    });
  }
}
