"""Every artifact that the local world is deployed from: our own Solidity, compiled, and what npm packages ship."""

from keeper.devnet.anvil import node_modules
from keeper.devnet.artifacts import Artifact, load_artifact
from keeper.devnet.compiler import CONTRACTS, SOLC_0_6, compile_folder, compile_packages

_FLUX = "@chainlink/contracts/src/v0.6/FluxAggregator.sol"
_SEAPORT = "@opensea/seaport-js/src/artifacts/seaport/contracts"


def load_contracts() -> dict[str, Artifact]:
    """By name. The first time this compiles for some ten seconds; afterwards it reads a cache in ``build``."""
    packages = node_modules()
    found: dict[str, Artifact] = {}
    for folder in ("benddao", "paraspace", "sudoswap", "tokens", "lenders"):
        found |= compile_folder(CONTRACTS / folder, node_modules=packages)
    found |= compile_packages([_FLUX], node_modules=packages, solc=SOLC_0_6)
    found["WETH9"] = load_artifact(packages / "canonical-weth/build/contracts/WETH9.json")
    seaport = packages / _SEAPORT
    found["Seaport"] = load_artifact(seaport / "Seaport.sol/Seaport.json")
    found["ConduitController"] = load_artifact(seaport / "conduit/ConduitController.sol/LocalConduitController.json")
    return found
