// The database, as the intake of files sees it.

export interface FileKey {
  /** As in the envelope: `plant:…`, `oem:…`, `service:…`. */
  readonly source: string
  readonly sha256: Uint8Array
  /** For people. */
  readonly name: string
}

export interface FileProgress {
  /** Rows whose statements Kafka has. */
  readonly rowsRead: number
  readonly finished: boolean
}

export interface IntakeFiles {
  /** How far the file was read before, under whatever name. */
  progress(file: FileKey): Promise<FileProgress>
  record(file: FileKey, progress: FileProgress): Promise<void>
}
