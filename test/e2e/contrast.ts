import type { Page } from "playwright-core";
import * as z from "zod";

/**
 * Runs in the browser; a text, for these tests' types know no DOM. Of each element with text of its own
 * it tells the contrast of the text with what is behind it (WCAG 2.2).
 */
const MEASURE = `(() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
  };
  const luminance = (color) => {
    const [r, g, b] = rgba(color).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    if (rgba(backgroundColor)[3] > 0.5) return backgroundColor;
    return element.parentElement ? behind(element.parentElement) : "white";
  };
  const hasText = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  return [...document.body.querySelectorAll("*")].filter(hasText).map((element) => {
    const pair = [getComputedStyle(element).color, behind(element)].map(luminance);
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    return { text: element.textContent.trim().slice(0, 40), contrast };
  });
})()`;

const measuredSchema = z.array(z.object({ text: z.string(), contrast: z.number() }));

/** The texts on a page that contrast less with what is behind them than WCAG's level AA asks: 4.5. */
export async function faintTexts(page: Page): Promise<{ text: string; contrast: number }[]> {
  const measured = measuredSchema.parse(await page.evaluate(MEASURE));
  if (measured.length === 0) throw new Error("the page has no text");
  return measured.filter(({ contrast }) => contrast < 4.5);
}
