// A headless Chromium, and what a test asks of a page in it: no errors, nothing from elsewhere, readable colours.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { out_folder, patience } from './binaries.mjs';

export const open_browser = () => chromium.launch({
  executablePath: execFileSync('/bin/sh', ['-c', 'command -v chromium']).toString().trim(),
  args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: 30_000 * patience });

/// Opens a page in a window of its own. What goes wrong in it is kept in `page.problems`. `before_it(page)`: done before it is asked for.
export async function open_page(s, browser, url, { width = 1200, height = 900, dark = false } = {}, before_it = () => {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB' });
  context.setDefaultTimeout(10_000 * patience);
  const page = await context.newPage();
  s.at_end(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });   // what a test answers instead of the node may be under way still
    await context.close();
  });
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`error in the page: ${error.message}`));
  page.on('console', (message) => {
    // A connection that is refused or cut is written there by the browser itself; tests of that look at the page.
    if (message.type() === 'error' && !/WebSocket connection|Failed to load resource/.test(message.text())) page.problems.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && host !== new URL(url).host) page.problems.push(`asks elsewhere: ${request.url()}`);
  });
  await before_it(page);
  const answer = await page.goto(url);
  page.answer = answer;
  return page;
}

export async function screenshot(page, name, { whole = true } = {}) {
  mkdirSync(out_folder, { recursive: true });
  await page.screenshot({ path: join(out_folder, `page-${name}.png`), fullPage: whole });
}

/// Every visible text whose contrast with what is behind it is below what WCAG 2.1 AA asks for (1.4.3), as sentences.
/// Colours come from the browser as they are computed, the page's own styles and the browser's defaults included.
export const faint_texts = (page) => page.evaluate(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const ground_of = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const opacity_of = (element) => {
    let product = 1;
    for (let at = element; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  };
  const luminance = (colour) => colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const found = [];
  const judge = (element, style, text) => {
    const ground = ground_of(element);
    const [r, g, b, a] = rgba(style.color);
    const ink = over([r, g, b, a * opacity_of(element)], ground);
    const [light, dark] = [luminance(ink), luminance(ground)].sort((x, y) => y - x);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < needed) found.push(`"${text.slice(0, 40)}" has ${ratio.toFixed(2)}, needs ${needed}`);
    ++judged;
  };
  let judged = 0;
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility() || element.disabled) continue;
    const own = [...element.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data.trim()).join(' ').trim();
    if (own && !['SCRIPT', 'STYLE', 'TEXTAREA'].includes(element.tagName)) judge(element, getComputedStyle(element), own);
    if (element.value && element.matches('input[type=text], textarea')) judge(element, getComputedStyle(element), element.value);
    if (element.placeholder && !element.value) judge(element, getComputedStyle(element, '::placeholder'), element.placeholder);
  }
  return { found, judged };
});

/// By how many pixels the page is wider than its window.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
