import * as z from "zod";
import { versionSchema } from "../../shared/package/manifest.ts";
import type { PackageFiles } from "../../shared/package/codec.ts";
import { type Access, ask, Refused } from "./ask.ts";

/** Longer than any package of this release. */
const MOST_WEIGHTS_BYTES = 600_000_000;

const modelSchema = z.object({
  channels: z.record(z.string(), z.object({ version: versionSchema })),
});

/** The models of a registry, over its HTTP API. @throws Refused, Unanswered */
export class ModelsClient {
  private readonly headers: Record<string, string>;

  /** @param job if given, reads, publishes and promotes for it, as long as the token is that of its lease */
  constructor(
    private readonly access: Access,
    job?: { id: string; token: number },
  ) {
    this.headers = job ? { "x-job": job.id, "x-job-token": String(job.token) } : {};
  }

  /** @returns whether the version is new to the registry */
  publish(name: string, { manifest, weights, signature }: PackageFiles): Promise<boolean> {
    const body = new FormData();
    body.set("manifest", new Blob([manifest], { type: "application/json" }), "manifest.json");
    body.set("weights", new Blob([weights]), "weights.safetensors");
    if (signature !== undefined) body.set("signature", signature);
    const question = { method: "POST", headers: this.headers, body } as const;
    return ask(this.access, `/models/${name}`, question, async (answer) => {
      await answer.text();
      return answer.status === 201;
    });
  }

  /** The version that a channel serves; null: none. */
  async served(name: string, channel: string): Promise<string | null> {
    const { headers } = this;
    const { channels } = await ask(this.access, `/models/${name}`, { headers }, (answer) =>
      answer.json(modelSchema),
    );
    return channels[channel]?.version ?? null;
  }

  async package(name: string, version: string): Promise<PackageFiles> {
    const folder = `/models/${name}/${version}/package`;
    const { access, headers } = this;
    return {
      manifest: await ask(access, `${folder}/manifest.json`, { headers }, (it) => it.text()),
      weights: await ask(access, `${folder}/weights.safetensors`, { headers }, (it) =>
        it.bytes(MOST_WEIGHTS_BYTES),
      ),
    };
  }

  /** Makes a channel serve a version, whatever it serves now. */
  serve(name: string, version: string, channel: string): Promise<void> {
    return this.move(name, { version, channel });
  }

  /**
   * Makes a channel serve a version if it still serves another.
   *
   * @param from that other; null: none
   * @returns false if the channel has moved meanwhile
   */
  async promote(
    name: string,
    promotion: { version: string; channel: string; from: string | null },
  ): Promise<boolean> {
    try {
      await this.move(name, promotion);
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code === "conflict") return false;
      throw error;
    }
  }

  private async move(name: string, json: object): Promise<void> {
    const question = { method: "POST", headers: this.headers, json } as const;
    await ask(this.access, `/models/${name}/promote`, question, (answer) => answer.text());
  }
}
