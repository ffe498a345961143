import * as z from "zod";
import { versionSchema } from "../../../shared/package/manifest.ts";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { type Access, askRegistry, readAs, Refused } from "./ask.ts";

const modelSchema = z.object({
  channels: z.record(z.string(), z.object({ version: versionSchema })),
});

/** The models of a registry, as the worker of a job sees them. @throws Refused, Unanswered */
export class ModelsClient {
  private readonly headers: Record<string, string>;

  /** @param job publishes and promotes only as long as the token is that of its lease */
  constructor(
    private readonly access: Access,
    job: { id: string; token: number },
  ) {
    this.headers = { "x-job": job.id, "x-job-token": String(job.token) };
  }

  async publish(name: string, { manifest, weights, signature }: PackageFiles): Promise<void> {
    const form = new FormData();
    form.set("manifest", new Blob([manifest], { type: "application/json" }), "manifest.json");
    form.set("weights", new Blob([weights]), "weights.safetensors");
    if (signature !== undefined) form.set("signature", signature);
    const question = { method: "POST", headers: this.headers, body: form } as const;
    await askRegistry(this.access, `/models/${name}`, question);
  }

  /** The version that a channel serves; null: none. */
  async served(name: string, channel: string): Promise<string | null> {
    const path = `/models/${name}`;
    const { channels } = readAs(modelSchema, await askRegistry(this.access, path), path);
    return channels[channel]?.version ?? null;
  }

  async package(name: string, version: string): Promise<PackageFiles> {
    const folder = `/models/${name}/${version}/package`;
    const manifest = await askRegistry(this.access, `${folder}/manifest.json`);
    const { body: weights } = await askRegistry(this.access, `${folder}/weights.safetensors`);
    return { manifest: new TextDecoder().decode(manifest.body), weights };
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
    const question = { method: "POST", headers: this.headers, json: promotion } as const;
    try {
      await askRegistry(this.access, `/models/${name}/promote`, question);
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code === "conflict") return false;
      throw error;
    }
  }
}
