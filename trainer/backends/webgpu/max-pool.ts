/**
 * MaxPoolGrad: adds each dy[n, p, q, c] at the position of the maximum of its window, the first one in row-major
 * order if several are equal. The stock kernel takes the last one.
 */
import { MaxPoolGrad } from "@tensorflow/tfjs-core";
import { type PoolAttributes, poolInfo } from "../kernels/geometry.ts";
import { replaceKernel } from "../replace.ts";
import { BACKEND, runProgram } from "./program.ts";

const CODE = `
  /** Whether the window has the value before position at. corner is its first row and column. */
  fn isEarlier(at : vec4<i32>, corner : vec2<i32>, value : f32) -> bool {
    let end = min(corner.y + uniforms.window.y, uniforms.imageShape.z);
    for (var row = max(corner.x, 0); row <= at.y; row++) {
      for (var column = max(corner.y, 0); column < end; column++) {
        if (row == at.y && column == at.z) { return false; }
        if (getImage(at.x, row, column, at.w) == value) { return true; }
      }
    }
    return false;
  }

  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let at = getCoordsFromIndex(index);
    let value = getImage(at.x, at.y, at.z, at.w);
    // The windows that contain the position.
    let inside = at.yz + uniforms.padding;
    let first = max(inside - uniforms.window + uniforms.stride, vec2<i32>(0)) / uniforms.stride;
    let last = min(inside / uniforms.stride, uniforms.maximaShape.yz - 1);
    var sum = 0.0;
    for (var p = first.x; p <= last.x; p++) {
      for (var q = first.y; q <= last.y; q++) {
        let corner = vec2<i32>(p, q) * uniforms.stride - uniforms.padding;
        if (getMaxima(at.x, p, q, at.w) == value && !isEarlier(at, corner, value)) {
          sum += getDy(at.x, p, q, at.w);
        }
      }
    }
    setOutputAtIndex(index, sum);
  }`;

export function registerMaxPoolGradient(): void {
  replaceKernel(
    BACKEND,
    MaxPoolGrad,
    ["dy", "input", "output"],
    ([dy, image, maxima], attributes) => {
      // tfjs types attributes as a loose map; the interface of the op has their real types.
      const info = poolInfo(image.shape, attributes as unknown as PoolAttributes);
      const uniforms: Record<string, [number, number]> = {
        stride: [info.strideHeight, info.strideWidth],
        padding: [info.padInfo.top, info.padInfo.left],
        window: [info.filterHeight, info.filterWidth],
      };
      return runProgram("firstMaxPoolGrad", { dy, image, maxima }, image.shape, uniforms, CODE);
    },
  );
}
