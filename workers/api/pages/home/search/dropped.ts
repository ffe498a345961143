import type { PathFile } from "./newItems.ts";

/** Files that were chosen by an input, of a folder or single ones. */
export const fromInput = (files: readonly File[]): PathFile[] =>
  files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function filesOf(entry: FileSystemEntry): Promise<PathFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    // Browsers give the entries in parts, and an empty part at the end.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return (await Promise.all(entries.map(filesOf))).flat();
    entries.push(...part);
  }
}

/**
 * What was dropped: files, and the files in folders.
 *
 * @throws DOMException if a file cannot be read
 */
export async function readDropped(transfer: DataTransfer): Promise<PathFile[]> {
  // All are taken at once, because they are gone after the event.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry());
  const files = fromInput([...transfer.files]);
  if (entries.some((entry) => entry?.isDirectory)) {
    return (await Promise.all(entries.flatMap((entry) => (entry ? filesOf(entry) : [])))).flat();
  }
  return files;
}
