import { parseJson } from "../../../../shared/json.ts";
import type { Question, Reply } from "../ask.ts";
import { Broken } from "../brokenPromise.ts";
import { checkRefusal, checkShape } from "../refusal.ts";
import type { RegistryDocument } from "./document.ts";

/** What server-sent events are described as. */
const STREAM = "text/event-stream";

/** Checks that an answer or a refusal of the registry is as its document says, and no failure. @throws Broken */
export function checkRegistryReply(
  document: RegistryDocument,
  { method, path }: Question,
  reply: Reply,
): void {
  const { status, type, text } = reply;
  // Dots are resolved as the Worker resolves them.
  const { pathname } = new URL(path, "http://registry.test");
  const answers = document.answers(method, pathname);
  // No request may bring about a failure, though the document knows some.
  for (const it of answers.keys()) if (it >= 500) answers.delete(it);
  const refusable = new Set([...answers.keys()].filter((it) => it >= 400));
  if (method === "HEAD") {
    if (!answers.has(status)) throw new Broken(`status ${status}`);
    return;
  }
  if (status >= 400) {
    checkRefusal(reply, refusable);
    return;
  }
  const answer = answers.get(status);
  if (!answer) throw new Broken(`status ${status}: ${text.slice(0, 300)}`);
  if (type === STREAM) return;
  const [expected = ""] = (answer.type ?? "").split("*");
  if (!type.startsWith(expected)) throw new Broken(`an answer of the type "${type}"`);
  if (answer.type === undefined && text !== "") throw new Broken(`a body with status ${status}`);
  if (answer.schema) checkShape(answer.schema, parseJson(text), "the answer");
}
