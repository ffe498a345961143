/** Command lines for bash that send the page's requests. */

/** A file on the user's disk. `sample`: it must be fetched from the page first. */
export interface NamedFile {
  name: string;
  sample: boolean;
}

export interface Asked {
  origin: string;
  /** Whether the API requires a key. The key itself is never shown. */
  key: boolean;
}

/** Quotes a word of a shell command if necessary. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Quotes a file name for a form of curl. */
const formFile = (name: string) =>
  /[",;\\]/.test(name) ? `files=@"${name.replace(/["\\]/g, "\\$&")}"` : `files=@${name}`;

const curl = ({ origin, key }: Asked, route: string) =>
  `curl -s ${origin}${route}${key ? ' -H "Authorization: Bearer $API_KEY"' : ""}`;

function fetchSamples({ origin }: Asked, files: readonly NamedFile[]): string[] {
  const names = files.filter(({ sample }) => sample).map(({ name }) => name);
  if (names.length === 0) return [];
  const list = names.length === 1 ? names[0] : `{${names.join(",")}}`;
  return [`curl -s --remote-name-all '${origin}/samples/${list}'`];
}

/** A command that embeds files. */
export function embedCommand(asked: Asked, files: readonly NamedFile[]): string {
  const form = files.map(({ name }) => ` \\\n  -F ${quote(formFile(name))}`);
  return [...fetchSamples(asked, files), curl(asked, "/embed") + form.join("")].join("\n");
}

/**
 * A command that compares one file with others. The JSON goes through a pipe, because an image of more than
 * 96 KiB would be too long for an argument on Linux.
 */
export function compareCommand(
  asked: Asked,
  source: NamedFile,
  candidates: readonly NamedFile[],
): string {
  const image = ({ name }: NamedFile) => `b64 ${quote(name)}`;
  return [
    ...fetchSamples(asked, [source, ...candidates]),
    `b64() { printf '"'; base64 < "$1" | tr -d '\\n'; printf '"'; }`,
    `{ printf '{"source":'; ${image(source)}; printf ',"candidates":['`,
    `  ${candidates.map(image).join("; printf ,\n  ")}; printf ']}'; } |`,
    `  ${curl(asked, "/similarity")} -H 'content-type: application/json' -d @-`,
  ].join("\n");
}
