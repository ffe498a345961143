/** Command lines for bash that ask the API what the page has asked. */

/** A file on the reader's disk; `sample` where it has to be fetched from the page first. */
export interface NamedFile {
  name: string;
  sample: boolean;
}

export interface Asked {
  origin: string;
  /** Whether the API wants a key; the key itself is never shown. */
  key: boolean;
}

/** A word of a shell command, quoted where it must be. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** curl's own quoting of a file's name within a form. */
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

/** The embeddings of files. */
export function embedCommand(asked: Asked, files: readonly NamedFile[]): string {
  const form = files.map(({ name }) => ` \\\n  -F ${quote(formFile(name))}`);
  return [...fetchSamples(asked, files), curl(asked, "/embed") + form.join("")].join("\n");
}

/**
 * One file compared with others. The JSON goes through a pipe: as an argument, an image of more than
 * 96 KiB would be too long for Linux.
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
