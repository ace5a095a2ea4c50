// Which files the image holds. Pure.

const folders = ['core/', 'edge/', 'console/', 'proto/']
const ofTests = /\.test\.ts$|\/testing\/|fixtures?\.ts$/
/** The recorded bytes and released descriptions that tests compare with. */
const ofTheContract = /^proto\/(corpus|released|mobility)\/|^proto\/(buf|check-generated)|\.md$/

/** Whether a file of the repository, by its path in it, belongs into the image. */
export function isInImage(file: string): boolean {
  if (file === 'LICENSE') return true
  return folders.some((folder) => file.startsWith(folder)) && !ofTests.test(file) && !ofTheContract.test(file)
}

/** Types and source maps: half of what npm installs. Licenses stay, since they ask for it. */
export function isOfNoUseAtRunTime(file: string): boolean {
  return /\.(d\.[cm]?ts|map)$/.test(file)
}
