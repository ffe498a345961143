import type { Statistics } from "../statistics.ts";
import { html, type Html } from "./html.ts";

/** A column of a table: what is read off a row, and how it is written. */
export interface Column<T> {
  title: string;
  value: (row: T) => Statistics | string | null | undefined;
  /** How a mean or a deviation is written; a percentage by default. */
  format?: (value: number) => string;
  /** Which values are better; the best one is bold. */
  better?: "higher" | "lower";
}

export const percent = (value: number): string => (100 * value).toFixed(1);
/** E.g. ".839": narrow, so that a row fits. */
export const thousandths = (value: number): string => value.toFixed(3).replace(/^0\./, ".");

/** A value without a spread: a control's, or the paper's. */
export const exactly = (value: number): Statistics => ({ mean: value, deviation: null });

function cell(value: Statistics | string | null | undefined, format: (value: number) => string) {
  if (value === null || value === undefined) return html`<span class="none">–</span>`;
  if (typeof value === "string") return html`${value}`;
  const { mean, deviation } = value;
  if (deviation === null) return html`${format(mean)}`;
  return html`${format(mean)}<small> ± ${format(deviation)}</small>`;
}

/** A table whose first column names the rows and stays in sight when the rest scrolls. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): Html {
  const best = columns.map(({ value, better }) => {
    const means = rows.flatMap((row) => {
      const it = value(row);
      return typeof it === "object" && it ? it.mean : [];
    });
    if (!better || means.length < 2) return null;
    return better === "higher" ? Math.max(...means) : Math.min(...means);
  });
  const body = rows.map((row) => {
    const cells = columns.map(({ value, format = percent }, at) => {
      const it = value(row);
      const text = cell(it, format);
      if (at === 0) return html`<th scope="row">${text}</th>`;
      const isBest = typeof it === "object" && it?.mean === best[at];
      return isBest ? html`<td><b>${text}</b></td>` : html`<td>${text}</td>`;
    });
    return html`<tr>
      ${cells}
    </tr>`;
  });
  const head = columns.map(({ title }) => html`<th scope="col">${title}</th>`);
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
