import type { Question } from "./ask.ts";

/** A field of a form, or a file. */
export interface Field {
  name: string;
  file?: string;
  bytes: Uint8Array;
}

const BOUNDARY = "----fuzz";

/** A multipart request. It is put together here because FormData cannot write a wrong one. */
export function form(path: string, fields: readonly Field[]): Question {
  const parts = fields.flatMap(({ name, file, bytes }) => {
    const named = file === undefined ? "" : `; filename="${file}"`;
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${named}\r\n\r\n`;
    return [Buffer.from(head), bytes, Buffer.from("\r\n")];
  });
  return {
    method: "POST",
    path,
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]),
  };
}
