import { UserError } from "../../trainer/error.ts";
import { reasonOfFault } from "../../trainer/registry/fault.ts";

/**
 * The error for a user whose server `fetch` did not reach.
 *
 * @param server its name for people, such as "the registry at http://127.0.0.1:8788"
 * @param error what `fetch` threw
 */
export function unreachable(server: string, error: unknown): UserError {
  return new UserError(`${server} does not answer: ${reasonOfFault(error)}`);
}
