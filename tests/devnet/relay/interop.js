// The unmodified npm client against the relay: one answer in JSON per step, on one line of standard output.
// Usage: node interop.js NODE_URL RELAY_URL SENDER_KEY AUTH_KEY
"use strict";
const { FlashbotsBundleProvider } = require("@flashbots/ethers-provider-bundle");
const { JsonRpcProvider, Wallet } = require("ethers");

const [nodeUrl, relayUrl, senderKey, authKey] = process.argv.slice(2);
const UUID = "4cb2dd16-9f3c-4d24-a9e1-6a2d4c5a0e1f";
const SOMEBODY = "0x" + "ab".repeat(20);
const GWEI = 10n ** 9n;

const say = (step, what) =>
  console.log(JSON.stringify({ step, ...what }, (_, value) => (typeof value === "bigint" ? String(value) : value)));

async function main() {
  const node = new JsonRpcProvider(nodeUrl, undefined, { cacheTimeout: -1 });
  node.pollingInterval = 50;
  const sender = new Wallet(senderKey, node);
  const relay = await FlashbotsBundleProvider.create(node, new Wallet(authKey), relayUrl);
  const { chainId } = await node.getNetwork();
  const transfer = (nonce) => ({
    signer: sender,
    transaction: {
      chainId, nonce, type: 2, to: SOMEBODY, value: 1n, gasLimit: 21_000n,
      maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI,
    },
  });

  const signed = await relay.signBundle([transfer(0), transfer(1)]);
  say("simulate", await relay.simulate(signed, (await node.getBlockNumber()) + 1));
  say("simulate gap", await relay.simulate(await relay.signBundle([transfer(9)]), 1));

  let target = (await node.getBlockNumber()) + 5;
  const cancelled = await relay.sendRawBundle(signed, target, { replacementUuid: UUID });
  say("cancel", { sent: cancelled.bundleHash, ...(await relay.cancelBundles(UUID)) });
  say("cancelled", { resolution: await cancelled.wait() });

  target = (await node.getBlockNumber()) + 5;
  const sent = await relay.sendRawBundle(signed, target);
  say("send", { bundleHash: sent.bundleHash, local: FlashbotsBundleProvider.generateBundleHash(sent.bundleTransactions.map((tx) => tx.hash)) });
  say("wait", { resolution: await sent.wait() });
  say("receipts", { statuses: (await sent.receipts()).map((receipt) => receipt.status), target });

  const single = await relay.sendPrivateTransaction(transfer(2));
  say("private", { resolution: await single.wait() });

  const refused = await relay.sendRawBundle(["0x02"], target).catch((error) => ({ error }));
  say("refused", { message: refused.error.message });
  node.destroy();
  relay.destroy();
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
