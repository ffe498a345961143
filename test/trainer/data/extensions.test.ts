import { expect, it } from "vitest";
import { openReader } from "../../../trainer/data/decode/reader.ts";
import { EXTENSIONS_TEXT, isImageName } from "../../../trainer/data/extensions.ts";

/** The formats that the decoder names when it knows none of a file's first bytes. */
function formats(): string[] {
  let message = "";
  try {
    openReader().read(new Uint8Array(64), { width: 1, height: 1 });
  } catch (error) {
    message = String(error);
  }
  return message.slice(message.indexOf("is not a ")).match(/[A-Z]\w+/g) ?? [];
}

it("every format that decodes has a name ending, and no other", () => {
  const endings = formats().map((name) => `.${name.toLowerCase()}`);
  expect(endings.length).toBeGreaterThan(2);
  expect(endings.filter((ending) => !isImageName(`a${ending}`))).toEqual([]);
  expect(EXTENSIONS_TEXT.split(/, | or /)).toHaveLength(endings.length);
});

it("endings are those of images in any case, and only at the end", () => {
  for (const name of ["a.JPG", "a.jpeg", ".png", "a.b.WebP"]) expect(isImageName(name)).toBe(true);
  for (const name of ["jpg", "a.jpg.txt", "a.png~", "a.bmp"]) expect(isImageName(name)).toBe(false);
});
