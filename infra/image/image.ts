// `npm run image`: builds the image, and tells its size or each promise that it breaks.
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { toStderr } from '../local/progress.ts'
import { type Architecture, architectures, buildImage, type ImagePlan } from './build.ts'
import { inspectImage, lockedPackages } from './check.ts'
import { faultsOf } from './faults.ts'
import { findContainerTools } from './podman.ts'

const usage = `\
Usage:
  npm run image [-- --arch amd64|arm64] [--base IMAGE] [--tag TAG]
builds the image of all services, for this machine's architecture unless another is named, and checks it.
  --base IMAGE  one of a registry with Node.js 24 in it, such as gcr.io/distroless/nodejs24-debian12;
                by default a base is made of Debian's packages and the Node.js of npm
  --tag TAG     localhost/micro-mobility-cloud:ARCHITECTURE by default
The base is fetched once; podman, runc and mmdebstrap are installed where root runs this on Debian.`

const text = { type: 'string' } as const
const own = process.arch === 'x64' ? 'amd64' : process.arch
const form = {
  options: { arch: text, base: text, tag: text },
  positionals: [],
  request: z.strictObject({
    arch: z.preprocess((named) => named ?? own, z.enum(Object.keys(architectures) as Architecture[])),
    base: z.string().optional(),
    tag: z.string().optional(),
  }),
} as const

function read(args: string[]): ImagePlan {
  const { arch, base, tag = `localhost/micro-mobility-cloud:${arch}` } = readRequest(form, args)
  return { architecture: arch, tag, base }
}

async function obey(plan: ImagePlan): Promise<void> {
  await findContainerTools(toStderr)
  await buildImage(plan, toStderr)
  const image = await inspectImage(plan.tag)
  const faults = faultsOf(image, plan.architecture, await lockedPackages())
  if (faults.length > 0) throw new Error(`${plan.tag} breaks promises:\n  ${faults.join('\n  ')}`)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  print(
    `${plan.tag}: ${megabytes(image.compressedBytes)} compressed, ${megabytes(image.unpackedBytes)} unpacked, ` +
      `user ${image.user}, ${image.sbom.components?.length} components in its bill of materials`,
  )
}

await runCommand({ usage, read, obey })
