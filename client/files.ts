// What the file queue asks of a file system. Paths are relative to one folder that the queue owns.

export interface Files {
  /** The names in a folder; none when it does not exist. */
  list(folder: string): Promise<readonly string[]>
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Creates or replaces a file, with the folders above it; resolves when its bytes are on the disk. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Replaces `to` atomically; resolves when the new name is on the disk. */
  rename(from: string, to: string): Promise<void>
  /** Nothing happens when there is no such file. */
  remove(path: string): Promise<void>
}
