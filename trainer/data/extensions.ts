/** Name endings of images: one for each format that decodes, besides .jpeg and .heif. */
const EXTENSIONS = [".jpg", ".png", ".webp", ".avif", ".heic", ".gif"];

/** The endings, for messages. */
export const EXTENSIONS_TEXT = EXTENSIONS.join(", ").replace(/, (?=[^,]*$)/, " or ");

/** Whether a file is an image by its name. */
export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return [...EXTENSIONS, ".jpeg", ".heif"].some((extension) => lower.endsWith(extension));
}
