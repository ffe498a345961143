import { extname, join } from "node:path";
import type { CollectionClient } from "./client.ts";

const quoted = (text: string) =>
  /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A line to paste that searches a collection by an image, and where to do so in a browser. */
export function searchHint(
  { url, name, key }: CollectionClient,
  folder: string,
  path: string,
): string {
  const extension = extname(path).slice(1).toLowerCase();
  const type = `image/${extension === "jpg" ? "jpeg" : extension}`;
  const address = new URL(`/collections/${name}/search`, url).href;
  // The key itself would be seen in the terminal.
  const authorization = key === undefined ? "" : ` -H "authorization: Bearer $API_KEY"`;
  return (
    `\nSearch it by an image:\n\n  curl -s ${quoted(address)}${authorization} -H 'content-type: ${type}' ` +
    `--data-binary ${quoted(`@${join(folder, path)}`)}\n\nOr in a browser: ${new URL(`/#search/${name}`, url).href}`
  );
}
