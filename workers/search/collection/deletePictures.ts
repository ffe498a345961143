import { picturesPrefix } from "../../storage/layout.ts";

/** Deletes the stored pictures of a collection. */
export async function deletePictures(bucket: R2Bucket, uid: string): Promise<void> {
  for (;;) {
    const { objects } = await bucket.list({ prefix: picturesPrefix(uid), limit: 1000 });
    if (objects.length === 0) return;
    await bucket.delete(objects.map(({ key }) => key));
  }
}
