// The other judge: answers one simulation per line with @cloud-copilot/iam-simulate, which is installed in the folder
// given. A process of its own; nothing of it is built into or shipped with Claviger.
//
//   node simulate.mjs FOLDER < {"id", "simulation"} per line > {"id", "result" | "errors", "ignored"}
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

const load = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const { runSimulation } = load('@cloud-copilot/iam-simulate');

async function answer({ id, simulation }) {
  const outcome = await runSimulation(simulation, {});
  if (outcome.resultType === 'error') return { id, errors: outcome.errors };
  return { id, result: outcome.overallResult, ignored: outcome.result?.ignoredContextKeys ?? [] };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const text = JSON.stringify(await answer(JSON.parse(line)));
  if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
