import sharp from "sharp";
import type { Dataset } from "../../data/folder.ts";
import { gatherPixels } from "../../data/inputs/pixels.ts";
import type { Contact } from "../runResult.ts";
import { html, type Html } from "./html.ts";

const SIZE = 80;

async function toDataUri(data: Dataset, item: number): Promise<string> {
  const { width, height } = data;
  const jpeg = await sharp(gatherPixels(data, [item]), { raw: { width, height, channels: 3 } })
    .resize(SIZE, SIZE, { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}

/** Queries with their nearest by D and by S: what the figures look like. */
export async function contactSheet(data: Dataset, contacts: readonly Contact[]): Promise<Html> {
  const images = new Map<number, string>();
  for (const { query, byD, byS } of contacts) {
    for (const item of [query, ...byD, ...byS]) {
      if (!images.has(item)) images.set(item, await toDataUri(data, item));
    }
  }
  const classOf = (item: number) => data.classes[data.labels[item]!]!;
  const image = (item: number, role: string) => {
    const source = images.get(item);
    if (source === undefined) throw new Error(`image ${item} was not read`);
    return html`<img src="${source}" alt="${role}: ${classOf(item)}" title="${classOf(item)}" />`;
  };
  const nearest = (title: string, query: number, items: readonly number[]) => {
    const cells = items.map((item) => {
      const hit = data.labels[item] === data.labels[query];
      const mark = hit ? "✓" : "✗";
      return html`<span class="${hit ? "hit" : "miss"}"
        >${image(item, hit ? "hit" : "miss")}<b>${mark}</b></span
      >`;
    });
    return html`<div class="nearest"><em>${title}</em>${cells}</div>`;
  };
  const rows = contacts.map(
    ({ query, byD, byS }) =>
      html`<figure class="contact">
        <div class="query">${image(query, "query")}</div>
        <div>${nearest("D", query, byD)} ${nearest("S", query, byS)}</div>
        <figcaption>${classOf(query)}</figcaption>
      </figure>`,
  );
  return html`<div class="contacts">${rows}</div>`;
}
