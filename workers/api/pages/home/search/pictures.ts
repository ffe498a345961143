import { makeThumbnail } from "../thumbnail.ts";
import type { NewItem } from "./newItems.ts";

/** The pictures of items that were added in this tab. The API does not give stored pictures back. */
export class Pictures {
  private readonly files = new Map<string, Map<string, File>>();
  private readonly thumbnails = new WeakMap<File, Promise<ImageBitmap | undefined>>();

  add(collection: string, items: readonly NewItem[]): void {
    const files = this.files.get(collection) ?? new Map<string, File>();
    for (const { id, file } of items) files.set(id, file);
    this.files.set(collection, files);
  }

  forget(collection: string): void {
    this.files.delete(collection);
  }

  get(collection: string, id: string): File | undefined {
    return this.files.get(collection)?.get(id);
  }

  thumbnail(file: File): Promise<ImageBitmap | undefined> {
    const made = this.thumbnails.get(file) ?? makeThumbnail(file);
    this.thumbnails.set(file, made);
    return made;
  }
}
