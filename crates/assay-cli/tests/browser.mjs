// A site of `assay report html`, from a disk: all links lead somewhere, pages work in a browser at
// desktop and phone width, filters filter, nothing is asked of a network.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const { SITE, SHOTS, CHROMIUM } = process.env;
const MATRIX_LIMIT = 500_000;
const WIDTHS = { desktop: { width: 1400, height: 900 }, phone: { width: 390, height: 844 } };

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const pages = new Map();
for (const path of files(SITE)) {
  if (path.endsWith(".html")) pages.set(path, readFileSync(path, "utf8"));
}
const unescaped = (text) => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&lt;", "<");
const anchors = new Map(
  [...pages].map(([path, text]) => [path, new Set([...text.matchAll(/ id="([^"]*)"/g)].map((m) => unescaped(m[1])))]),
);

test("every link leads to a page, and to a place in it", () => {
  assert.ok(pages.size > 100, `only ${pages.size} pages`);
  const broken = [];
  let links = 0;
  for (const [path, text] of pages) {
    for (const [, raw] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      const link = unescaped(raw);
      if (/^(https:|data:)/.test(link)) continue;
      links += 1;
      const [file, anchor] = link.split("#");
      const target = file ? normalize(join(dirname(path), decodeURIComponent(file))) : path;
      const where = `${relative(SITE, path)}: ${link}`;
      if (!statSync(target, { throwIfNoEntry: false })?.isFile()) broken.push(where);
      else if (anchor && !anchors.get(target)?.has(decodeURIComponent(anchor))) broken.push(where);
    }
  }
  assert.ok(links > 1000, `only ${links} links`);
  assert.deepEqual(broken.slice(0, 20), []);
});

test("no page asks for anything from elsewhere", () => {
  for (const [path, text] of pages) {
    const foreign = text.match(/<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?\/\//);
    assert.equal(foreign, null, relative(SITE, path));
  }
});

test("the matrix is light", () => {
  const bytes = pages.get(join(SITE, "index.html")).length;
  assert.ok(bytes < MATRIX_LIMIT, `${bytes} bytes`);
});

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
});
after(() => browser?.close());

/** Opens a page; whatever goes wrong in it fails the test. */
async function open(path, options = {}) {
  const context = await browser.newContext({ viewport: WIDTHS.desktop, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => /^(file|data):/.test(request.url()) || wrong.push(request.url()));
  await page.goto(pathToFileURL(join(SITE, path)).href);
  const close = async () => {
    // Else the browser may be gone before the context is.
    await context.close();
    assert.deepEqual(wrong, [], path);
  };
  return { page, close };
}

const visible = (page) => page.locator("#table tbody tr[data-level]:visible");

test("filters show what they say and stand in the address", async () => {
  const { page, close } = await open("index.html");
  const all = await visible(page).count();
  assert.ok(all > 20);
  await page.selectOption("[name=area]", "header");
  const some = await visible(page).count();
  assert.ok(some > 0 && some < all);
  assert.match(page.url(), /area=header/);
  assert.match(await page.locator("[name=shown]").textContent(), new RegExp(`^${some} of ${all} `));
  await page.fill("[name=text]", "utf");
  const names = await visible(page).locator("th").allTextContents();
  assert.ok(names.length > 0 && names.length <= some);
  await page.reload();
  assert.equal(await visible(page).count(), names.length, "the address holds the filters");
  await page.click("button[type=reset]");
  await page.waitForFunction((all) => document.querySelectorAll("#table tbody tr[data-level]:not([hidden])").length === all, all);
  const columns = await page.locator("thead tr:first-child th:visible").count();
  const language = await page.locator("[name=language] option").nth(1).getAttribute("value");
  await page.selectOption("[name=language]", language);
  const left = await page.locator("thead tr:first-child th:visible").count();
  const expected = await page.locator(`thead th[data-language="${language}"]`).count();
  assert.equal(left, expected + 1);
  assert.ok(left <= columns);
  await close();
});

test("a cell leads to its evidence by keyboard alone", async () => {
  const { page, close } = await open("index.html");
  const cell = page.locator("#table tbody td a").first();
  const target = await cell.getAttribute("href");
  await cell.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/implementation\//);
  assert.ok(page.url().endsWith(target.split("#")[1]), page.url());
  await page.locator("main a[href*='rule/']").first().click();
  await page.waitForURL(/rule\//);
  await page.locator("#cases ~ ul a").first().click();
  await page.waitForURL(/case\//);
  assert.ok(await page.locator("pre.hex").isVisible());
  await close();
});

test("without a script the whole table is there", async () => {
  const { page, close } = await open("index.html", { javaScriptEnabled: false });
  assert.ok((await visible(page).count()) > 20);
  assert.ok(await page.locator("#filters").isHidden());
  await close();
});

/** The pages that are looked at: the first implementation, rule and case, and those of the site. */
function looked() {
  const first = (folder) => [...pages.keys()].map((path) => relative(SITE, path)).filter((path) => path.startsWith(folder)).sort()[0];
  const fixed = ["index.html", "rules.html", "splits.html", "operations.html", "history.html", "documents.html"];
  const faulty = [...pages].find(([path, text]) => path.includes("/case/") && text.includes("<mark>"));
  return [...fixed, first("implementation/"), first("rule/buffer/"), relative(SITE, faulty[0]), first("documents/spec")];
}

for (const [name, viewport] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`pages fit at ${name} width, ${colorScheme}`, async () => {
      for (const path of looked()) {
        const { page, close } = await open(path, { viewport, colorScheme });
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wider <= 0, `${path} is ${wider} pixels wider than the window`);
        if (SHOTS) {
          const file = `${path.replaceAll("/", "_")}-${name}-${colorScheme}.png`;
          await page.screenshot({ path: join(SHOTS, file) });
        }
        await close();
      }
    });
  }
}
