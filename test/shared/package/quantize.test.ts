import { describe, expect, it } from "vitest";
import { dequantize, outputChannels, quantize } from "../../../shared/package/quantize.ts";
import { each, numbers } from "../../oracles/numbers.ts";

describe("int8 quantization", () => {
  const channels = 6;
  // Each channel in its own order of magnitude.
  const weights = numbers(90 * channels, 5).map((v, i) => v * 10 ** ((i % channels) - 3));

  it("scales each channel by its largest weight", () => {
    const { scales } = quantize(weights, channels);
    for (const channel of each(channels)) {
      const own = weights.filter((_, i) => i % channels === channel);
      expect(scales[channel]).toBe(Math.fround(Math.max(...own.map(Math.abs)) / 127));
    }
  });

  it("is off by half a step of the weight's own channel at most", () => {
    const quantized = quantize(weights, channels);
    dequantize(quantized).forEach((value, i) => {
      const step = quantized.scales[i % channels];
      expect(Math.abs(value - weights[i])).toBeLessThanOrEqual(step * 0.5001);
    });
  });

  it("is exact for zero and for both ends of a channel", () => {
    const exact = Float32Array.of(127, 0, -127, 0, 64, 0);
    expect(Array.from(quantize(exact, 2).values)).toEqual([127, 0, -127, 0, 64, 0]);
    expect(dequantize(quantize(exact, 2))).toEqual(exact);
  });

  it("uses -127 to 127, never -128", () => {
    const { values } = quantize(weights, channels);
    expect(Math.max(...values)).toBe(127);
    expect(Math.min(...values)).toBe(-127);
  });

  it("changes nothing when done again", () => {
    const once = quantize(weights, channels);
    const twice = quantize(dequantize(once), channels);
    expect(twice.values).toEqual(once.values);
    twice.scales.forEach((scale, i) => expect(scale).toBeCloseTo(once.scales[i], 9));
  });

  it("takes the last axis of a kernel for its channels, of a depthwise one the last two", () => {
    expect(outputChannels([3, 3, 8, 16], false)).toBe(16);
    expect(outputChannels([64, 10], false)).toBe(10);
    expect(outputChannels([3, 3, 8, 2], true)).toBe(16);
  });

  it("gives each output channel of a depthwise kernel its own scale", () => {
    const [height, width, inputs, multiplier] = [3, 2, 4, 2];
    const at = (y: number, x: number, c: number, m: number) =>
      ((y * width + x) * inputs + c) * multiplier + m;
    const kernel = numbers(height * width * inputs * multiplier, 1);
    const shape = [height, width, inputs, multiplier];
    const { scales } = quantize(kernel, outputChannels(shape, true));
    for (const c of each(inputs)) {
      for (const m of each(multiplier)) {
        // The engine's output channel c * multiplier + m reads exactly these.
        const own = each(height).flatMap((y) => each(width).map((x) => kernel[at(y, x, c, m)]));
        expect(scales[c * multiplier + m]).toBe(Math.fround(Math.max(...own.map(Math.abs)) / 127));
      }
    }
  });
});
