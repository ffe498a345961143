import { Refusal } from "../../../pages/refusal.ts";
import type { Info } from "./answers.ts";
import type { Client } from "./client.ts";
import { groupPictures } from "./limits.ts";
import type { Picture } from "./picture.ts";
import { Times } from "./times.ts";

/**
 * Embeds pictures and sets their vectors. If the API refuses a picture, `refuse` is called and the others are
 * sent again.
 *
 * @throws Refusal if the API refuses the whole request
 */
export async function embedPictures(
  client: Client,
  pictures: readonly Picture[],
  limits: Info["limits"],
  refuse: (picture: Picture, message: string) => void,
): Promise<Times> {
  const times = new Times();
  const groups = groupPictures(pictures, limits);
  for (let group = groups.shift(); group; group = groups.shift()) {
    try {
      const timed = await client.embed(group.map(({ file }) => file));
      group.forEach((picture, i) => (picture.vector = timed.answer[i]));
      times.add(timed);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const [, position] = /^files\[(\d+)\]$/.exec(error.param ?? "") ?? [];
      const broken = position === undefined ? undefined : group[Number(position)];
      if (!broken) throw error;
      refuse(broken, error.message.replace(`files[${position}]`, "it"));
      const rest = group.filter((picture) => picture !== broken);
      if (rest.length > 0) groups.unshift(rest);
    }
  }
  return times;
}
