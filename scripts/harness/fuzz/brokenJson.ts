import fc from "fast-check";
import { nastyText } from "./nasty.ts";

/** Makes a text that is no longer JSON, or that is hard to read. */
export const brokenJson: fc.Arbitrary<(json: string) => string> = fc.oneof(
  fc.nat(200).map((at) => (json: string) => json.slice(0, at)),
  fc.tuple(fc.nat(200), nastyText).map(([at, text]) => (json: string) => {
    return json.slice(0, at) + text + json.slice(at);
  }),
  fc.constantFrom(
    (json: string) => `\ufeff${json}`,
    (json: string) => `${json}${json}`,
    (json: string) => `[${json}]`,
    () => "[".repeat(200_000),
    () => "[".repeat(20_000) + "]".repeat(20_000),
    () => `{"inputs":${'{"image":'.repeat(20_000)}1${"}".repeat(20_000)}}`,
    () => `{"inputs":[${"0,".repeat(500_000)}0]}`,
    () => `{"inputs":{"embedding":[${"1,".repeat(1_000_000)}1]}}`,
    () => `{"__proto__":{"inputs":"AAAA"}}`,
    () => `{"inputs":"AAAA","inputs":[]}`,
    () => `{"${"k".repeat(100_000)}":1}`,
    () => "NaN",
    () => "null",
    () => '"\\ud800"',
  ),
);
