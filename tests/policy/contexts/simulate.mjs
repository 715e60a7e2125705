// Reads a JSON list of simulations from standard input, and writes the list of what IAM would say to each.
import { text } from 'node:stream/consumers'
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate'

const named = (statements) => (statements ?? []).map(({ statement }) => statement.sid() ?? `#${statement.index()}`)

const deciding = ({ resourceAnalysis, identityAnalysis, endpointAnalysis, result }) => {
  const policies = { resource: resourceAnalysis, identity: identityAnalysis, endpoint: endpointAnalysis }
  const kind = result === 'Allowed' ? 'allowStatements' : 'denyStatements'
  return Object.entries(policies).flatMap(([policy, analysis]) => named(analysis?.[kind]).map((sid) => `${policy}: ${sid}`))
}

const judge = async ({ principal, ...simulation }) => {
  simulation.request.principal = principal ?? anonymousPrincipal
  const { resultType, errors, overallResult, result, results } = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (resultType === 'error') return { error: JSON.stringify(errors) }
  // For an action that may name a resource and doesn't, there is a result for each pattern of the policies.
  const found = results ?? [result]
  return {
    decision: overallResult,
    statements: [...new Set(found.flatMap(({ analysis }) => deciding(analysis)))],
    ignored: [...new Set(found.flatMap(({ ignoredContextKeys }) => ignoredContextKeys ?? []))],
  }
}

const answers = []
for (const simulation of JSON.parse(await text(process.stdin))) answers.push(await judge(simulation))
console.log(JSON.stringify(answers))
