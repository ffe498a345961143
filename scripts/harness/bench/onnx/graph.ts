import { Message } from "./wire.ts";

/**
 * ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), as far as a network in float32
 * needs them. Field numbers are those of that file.
 */

const IR_VERSION = 8;
/** The last operator set in which ReduceL2 takes its axes as an attribute. */
const OPSET = 17;

const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** An attribute of an operator. */
export type Attribute = number | string | readonly number[];

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === "number") return message.int(3, value).int(20, ATTRIBUTE_INT);
  if (typeof value === "string") return message.text(4, value).int(20, ATTRIBUTE_STRING);
  return message.int(8, ...value).int(20, ATTRIBUTE_INTS);
}

/** Describes the graph's input or output: a float32 tensor of a shape. */
function valueInfo(name: string, shape: readonly number[]): Message {
  const dimensions = shape.map((size) => new Message().int(1, size));
  const tensor = new Message().int(1, FLOAT).message(2, new Message().message(1, ...dimensions));
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

/** A graph under construction: operators in the order in which they run. Each names its inputs. */
export class Graph {
  private readonly nodes: Message[] = [];
  private readonly constants: Message[] = [];

  /** Adds an operator. @param output the name of its output, and its own name */
  node(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    const entries = Object.entries(attributes).map(([name, value]) =>
      attributeMessage(name, value),
    );
    this.nodes.push(
      new Message()
        .text(1, ...inputs)
        .text(2, output)
        .text(3, output)
        .text(4, operator)
        .message(5, ...entries),
    );
  }

  /** Adds a float32 constant. @returns its name */
  constant(name: string, shape: readonly number[], values: Float32Array): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.constants.push(
      new Message()
        .int(1, ...shape)
        .int(2, FLOAT)
        .text(8, name)
        .bytes(9, bytes),
    );
    return name;
  }

  /** Adds a constant of whole numbers, such as an operator's axes. @returns its name */
  integers(name: string, values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.constants.push(
      new Message().int(1, values.length).int(2, INT64).text(8, name).bytes(9, bytes),
    );
    return name;
  }

  /** The bytes of a model that turns one input into one output. */
  encode(
    input: { name: string; shape: readonly number[] },
    output: { name: string; shape: readonly number[] },
  ): Uint8Array {
    const graph = new Message()
      .message(1, ...this.nodes)
      .text(2, "network")
      .message(5, ...this.constants)
      .message(11, valueInfo(input.name, input.shape))
      .message(12, valueInfo(output.name, output.shape));
    const opset = new Message().int(2, OPSET);
    return new Message().int(1, IR_VERSION).message(7, graph).message(8, opset).encode();
  }
}
