// The limits that are part of the contract (docs/upload-api.md).

export const limits = {
  /** Bytes of a body as it travels. */
  compressedBytes: 1024 * 1024,
  /** Bytes of a body after decompression. */
  decompressedBytes: 8 * 1024 * 1024,
  /** Decompressed over compressed bytes, applied to bodies that decompress to more than `ratioFreeBytes`. */
  ratio: 100,
  ratioFreeBytes: 256 * 1024,
  tracksPerUpload: 256,
  samplesPerTrack: 10_000,
  partsPerTrack: 16,
  /** Bytes of a part's slot, and of its serial number, in UTF-8. */
  partTextBytes: 64,
  /** Recorded times are Unix milliseconds in [0, this). Year 10000. */
  timeMs: 253_402_300_800_000,
} as const
