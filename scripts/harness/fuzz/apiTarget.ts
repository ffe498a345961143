import { anyCase, type Case, type Kind, kindOf, type Material, questionOf } from "./cases.ts";
import { examine, type Subject } from "./examine.ts";
import type { Target } from "./fuzz.ts";
import { checkReply } from "./properties.ts";
import type { Witness } from "./witnesses.ts";

/**
 * The API Worker. Each case is followed by a good request.
 *
 * @param limitMs how long each answer may take
 * @param kinds of the cases; if not given, all
 */
export const apiTarget = (
  subject: Subject,
  material: Material,
  witnesses: ReadonlyMap<string, Witness>,
  limitMs: number,
  kinds?: readonly Kind[],
): Target<Case> => ({
  subject,
  cases: anyCase(material, kinds),
  kindOf,
  examine: (it, connection) => {
    const witness = witnesses.get(it.then);
    if (!witness) throw new Error(`no good request is named ${it.then}`);
    const question = questionOf(it, material);
    return examine(connection, subject, question, { witness, limitMs, checkReply });
  },
});
