import { parseJson } from "../../../../shared/json.ts";
import { Refusal } from "../../../pages/refusal.ts";
import { eventSchema, type ShownEvent } from "./answers.ts";

/** Collects the text of server-sent events, and takes what is complete. Lines end in \n, as the registry sends them. */
export class EventParser {
  private rest = "";

  /** @returns the events that are complete with this text; comments are none */
  take(text: string): ShownEvent[] {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const lines = block.split("\n").filter((line) => line.startsWith("data: "));
      const { success, data } = eventSchema.safeParse(
        parseJson(lines.map((line) => line.slice("data: ".length)).join("\n")),
      );
      return success ? [data] : [];
    });
  }
}

/** Reads server-sent events, as many at a time as have arrived. @throws Refusal if the connection breaks */
export async function* readEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<ShownEvent[]> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  // ReadableStream is iterable only in some browsers.
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Refusal("the connection to the registry has broken, and is made again", null);
    });
    if (done) return;
    const events = parser.take(decoder.decode(value, { stream: true }));
    if (events.length > 0) yield events;
  }
}
