// Reads the policies of an applied state: none allows everything, but where a row below says why. Pure.

/** As Terraform writes it into its file. */
export interface State {
  readonly resources: readonly {
    readonly module?: string
    readonly type: string
    readonly name: string
    readonly instances: readonly { readonly attributes: { readonly policy?: string } }[]
  }[]
}

/** One that names neither actions nor resources excepts some (`NotAction`), and so is about all others. */
interface Statement {
  readonly Effect: string
  readonly Action?: string | readonly string[]
  readonly Resource?: string | readonly string[]
}

/** `*` as a resource, or in an action. */
const allowed: readonly { readonly type: string; readonly action: string; readonly because: string }[] = [
  { type: 'aws_kms_key', action: 'kms:*', because: 'the account decides about its key; * is the key itself' },
  ...['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'DescribeKey'].map((name) => ({
    ...{ type: 'aws_kms_key', action: `kms:${name}`, because: 'in the policy of a key * is the key itself' },
  })),
  { type: 'aws_vpc_endpoint', action: '*', because: 'it is a way and gives no right; AWS has it so' },
  { type: 'aws_iam_role_policy', action: 'ecr:GetAuthorizationToken', because: 'it knows no resource' },
]

/** `['module.x.aws_iam_role_policy.this allows s3:* on *']`. Throws an Error when the state holds no policy. */
export function policyFaults({ resources }: State): string[] {
  const policies = resources.flatMap(({ module, type, name, instances }) =>
    instances.flatMap(({ attributes: { policy } }) =>
      policy ? [{ address: [module, type, name].join('.'), type, statements: statementsOf(policy) }] : [],
    ),
  )
  if (policies.length === 0) throw new Error('the state holds no policy')
  const faults = policies.flatMap(({ address, type, statements }) =>
    statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action = '*', Resource = '*' }) => {
        const on = [Resource].flat()
        const wide = [Action].flat().filter((action) => on.includes('*') || action.includes('*'))
        const unnamed = wide.filter(
          (action) => !allowed.some((row) => row.type === type && row.action === action),
        )
        return unnamed.map((action) => `${address} allows ${action} on ${on.join(', ')}`)
      }),
  )
  return [...new Set(faults)]
}

const statementsOf = (policy: string): readonly Statement[] => [JSON.parse(policy).Statement].flat()
