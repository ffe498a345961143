import type { HttpError } from "../../http/errors.ts";
import { refuse } from "./embedItems.ts";
import type { OnFailure } from "./embedImages.ts";

/** An item that was skipped. */
export interface Skipped {
  index: number;
  code: string;
  message: string;
}

/**
 * What a request asks for where an item cannot be embedded.
 *
 * @param indexOf the place in the answer's lists that an item belongs to; undefined if nothing can be answered
 *   without it
 * @returns `errors`, which fills while items are embedded and is undefined where they are not skipped
 */
export function failureOf(
  onError: "fail" | "skip",
  indexOf: (item: number) => number | undefined = (item) => item,
): { onFailure: OnFailure<null>; errors: Skipped[] | undefined } {
  if (onError === "fail") return { onFailure: refuse, errors: undefined };
  const errors: Skipped[] = [];
  const onFailure = (error: HttpError, item: number) => {
    const index = indexOf(item);
    if (index === undefined) throw error;
    errors.push({ index, code: error.code, message: error.message });
    return null;
  };
  return { onFailure, errors };
}
