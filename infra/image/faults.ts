// The promises of the image, held against what it is. Pure.

/** Megabytes are 10^6 bytes. */
const limits = { compressedBytes: 90e6, unpackedBytes: 240e6 }
const labels = ['title', 'description', 'licenses', 'version', 'revision', 'created', 'base.name']

export type ImageFacts = {
  /** As the image names it: `10001:10001`. */
  user: string
  architecture: string
  labels: Readonly<Record<string, string>>
  /** Its command; empty where there is none. */
  healthCheck: readonly string[]
  unpackedBytes: number
  /** Of the layers with gzip, as registries hold them. */
  compressedBytes: number
  /** Paths of all files, without a slash before them. */
  files: readonly string[]
  sbom: { bomFormat?: string; components?: readonly { name: string; group?: string; version: string }[] }
}

/** The packages of the lock file by their path: `node_modules/zod`. */
export type LockedPackages = Readonly<Record<string, { version: string; dev?: boolean }>>

/** A line for each promise that the image breaks. */
export function faultsOf(image: ImageFacts, architecture: string, locked: LockedPackages): string[] {
  return [
    ...(['compressedBytes', 'unpackedBytes'] as const)
      .filter((size) => image[size] > limits[size])
      .map((size) => `${size} are ${image[size]}, more than ${limits[size]}`),
    ...(image.architecture === architecture ? [] : [`is for ${image.architecture}, not for ${architecture}`]),
    ...(/^[1-9]\d*:[1-9]\d*$/.test(image.user) ? [] : [`its user "${image.user}" is no number above 0`]),
    ...labels
      .filter((label) => !image.labels[`org.opencontainers.image.${label}`])
      .map((label) => `has no label org.opencontainers.image.${label}`),
    ...(image.healthCheck.length > 0 ? [] : ['has no health check']),
    ...packageFaults(image, locked),
    ...image.files
      .filter((file) => /^app\/(?!node_modules\/).*\.test\.ts$/.test(file))
      .map((file) => `holds the test ${file}`),
  ]
}

function packageFaults({ files, sbom }: ImageFacts, locked: LockedPackages): string[] {
  const present = new Set(files)
  const installed = Object.entries(locked).filter(([path]) => present.has(`app/${path}/package.json`))
  const told = new Set((sbom.components ?? []).map(({ name, version }) => `${name}@${version}`))
  return [
    ...(installed.length > 0 ? [] : ['holds no package of the lock file']),
    ...installed.filter(([, { dev }]) => dev).map(([path]) => `holds ${path}, which is for developers`),
    ...(sbom.bomFormat === 'CycloneDX' ? [] : ['its bill of materials is not CycloneDX']),
    ...installed
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`)
      .filter((name) => !told.has(name))
      .map((name) => `its bill of materials lacks ${name}`),
  ]
}
