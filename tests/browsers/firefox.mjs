// Opens a page of a plan in Firefox over WebDriver BiDi and tells as JSON what it did:
//   node firefox.mjs PUPPETEER FIREFOX PAGE SCHOOL LAT LNG PDF
import { pathToFileURL } from "node:url";

const [driver, program, page_url, school, lat, lng, pdf] = process.argv.slice(2);
const puppeteer = (await import(pathToFileURL(driver).href)).default;
const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const told = { requests: [], messages: [] };
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1366, height: 768 });
  page.on("request", (request) => told.requests.push(request.url()));
  page.on("console", (message) => told.messages.push(message.text()));
  page.on("pageerror", (error) => told.messages.push(error.message));
  await page.goto(page_url);
  told.version = await browser.version();
  await page.waitForSelector("canvas.areas");
  told.painted = await page.evaluate(() => {
    const canvas = document.querySelector("canvas.areas");
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return data.filter((value, at) => at % 4 === 3 && value > 0).length;
  });
  const place = await page.evaluate((y, x) => {
    window.map_main.setView([y, x], 12, { animate: false });
    const at = window.map_main.latLngToContainerPoint([y, x]);
    const box = window.map_main.getContainer().getBoundingClientRect();
    return [box.x + at.x, box.y + at.y];
  }, Number(lat), Number(lng));
  await page.mouse.click(...place);
  await page.waitForSelector("#card .area-part", { visible: true });
  told.clicked = await page.$eval("#card", (card) => card.innerText);
  await page.keyboard.press("Escape");
  told.closed = await page.$eval("#card", (card) => card.hidden);
  await page.type("#search", school);
  await page.keyboard.press("Enter");
  told.found = await page.$eval("#card", (card) => card.innerText);
  told.focus = await page.evaluate(() => document.activeElement.id);
  await page.click("#today");
  told.state = await page.$eval("#state-name", (node) => node.textContent);
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  // A page that does ask for something, so that silence above means silence.
  const other = await browser.newPage();
  told.control = [];
  other.on("request", (request) => told.control.push(request.url()));
  await other.setContent("<img src='http://127.0.0.1:59999/asked.png'>");
} finally {
  await browser.close();
}
console.log(JSON.stringify(told));
