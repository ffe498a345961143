/** Name endings of images: one for each format that decodes, besides .jpeg. */
const EXTENSIONS = [".jpg", ".png", ".webp", ".avif", ".gif"];

/** The endings, for messages. */
export const EXTENSIONS_TEXT = EXTENSIONS.join(", ").replace(/, (?=[^,]*$)/, " or ");

/** Whether a file is an image by its name. */
export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return [...EXTENSIONS, ".jpeg"].some((extension) => lower.endsWith(extension));
}
