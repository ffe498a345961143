type Code = "not_an_image" | "undecodable_image" | "image_too_large";

/** Why an image gives no pixels. The message follows what names the image: "is ...", "has ...". */
export class ImageError extends Error {
  constructor(
    readonly code: Code,
    message: string,
  ) {
    super(message);
  }
}
