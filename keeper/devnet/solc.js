// Compiles Solidity's standard JSON: stdin in, stdout out. The first argument is the folder of the npm solc package.
'use strict';

// The compiler's WebAssembly installs handlers that turn a clean exit into an abort; only ours matter here.
const solc = require(process.argv[2]);
process.removeAllListeners('uncaughtException');
process.removeAllListeners('unhandledRejection');

let input = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => { input += chunk; });
process.stdin.on('end', () => {
  const answer = JSON.parse(solc.compile(input));
  process.stdout.write(JSON.stringify({ ...answer, compiler: solc.version() }));
});
