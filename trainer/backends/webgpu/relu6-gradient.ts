/** Relu6Grad: dx = dy where 0 < x < 6, else 0, in one program in place of four. */
import { RELU6_GRADIENT } from "../relu-gradients.ts";
import { replaceKernel } from "../replace.ts";
import { BACKEND, runProgram } from "./program.ts";

const CODE = `
  fn main(index : i32) {
    if (index < uniforms.size) {
      setOutputAtIndex(index, select(0.0, dy[index], x[index] > 0.0 && x[index] < 6.0));
    }
  }`;

export function registerRelu6Kernel(): void {
  replaceKernel(BACKEND, RELU6_GRADIENT, ["dy", "x"], ([dy, x]) =>
    runProgram("relu6Grad", { dy, x }, x.shape, {}, CODE),
  );
}
