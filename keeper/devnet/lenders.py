"""Flash lenders of the local chain: Balancer v2's vault and Aave v3's pool from their npm packages, and Morpho's equal."""

from dataclasses import dataclass
from pathlib import Path

from keeper.devnet.anvil import node_modules
from keeper.devnet.artifacts import Artifact, load_artifact
from keeper.devnet.workbench import Contract, Workbench
from keeper.domain.units import RAY, ZERO_ADDRESS, Address, Wei

_AAVE_LIBRARIES = (
    "BorrowLogic",
    "BridgeLogic",
    "EModeLogic",
    "FlashLoanLogic",
    "LiquidationLogic",
    "PoolLogic",
    "SupplyLogic",
    "ConfiguratorLogic",
)
_AAVE_PREMIUM_BPS = 5


@dataclass(frozen=True, slots=True)
class Lenders:
    morpho: Contract
    balancer: Contract
    aave: Contract


async def deploy_lenders(
    bench: Workbench, weth: Contract, morpho: Artifact, liquidity: tuple[Wei, Wei, Wei]
) -> Lenders:
    """With so much WETH in Morpho, Balancer and Aave; the first account has it, and governs them."""
    in_morpho, in_balancer, in_aave = liquidity
    return Lenders(
        await _morpho(bench, weth, morpho, in_morpho),
        await _balancer(bench, weth, in_balancer),
        await _aave(bench, weth, in_aave),
    )


async def _morpho(bench: Workbench, weth: Contract, artifact: Artifact, amount: Wei) -> Contract:
    lender = await bench.deploy(artifact)
    await weth.send(bench.accounts[0], "transfer", lender.address, amount)
    return lender


async def _balancer(bench: Workbench, weth: Contract, amount: Wei) -> Contract:
    """A vault that holds WETH as somebody's internal balance."""
    admin = bench.accounts[0]
    tasks = node_modules() / "@balancer-labs/v2-deployments/dist/tasks"
    authorizer = await bench.deploy(load_artifact(tasks / "20210418-authorizer/artifact/Authorizer.json"), admin)
    artifact = load_artifact(tasks / "20210418-vault/artifact/Vault.json")
    vault = await bench.deploy(artifact, authorizer.address, weth.address, 0, 0)
    await weth.send(admin, "approve", vault.address, amount)
    await vault.send(admin, "manageUserBalance", [(0, weth.address, amount, admin, admin)])
    return vault


async def _aave(bench: Workbench, weth: Contract, amount: Wei) -> Contract:
    """A whole market with one reserve, WETH, that is open for flash loans."""
    admin = bench.accounts[0]
    libraries: dict[str, Address] = {}
    for name in _AAVE_LIBRARIES:
        library = await bench.deploy(_of_aave(f"protocol/libraries/logic/{name}.sol").linked(libraries))
        libraries[name] = library.address
    provider = await bench.deploy(_of_aave("protocol/configuration/PoolAddressesProvider.sol"), "local", admin)
    await provider.send(admin, "setACLAdmin", admin)
    acl = await bench.deploy(_of_aave("protocol/configuration/ACLManager.sol"), provider.address)
    await provider.send(admin, "setACLManager", acl.address)
    await acl.send(admin, "addPoolAdmin", admin)
    pool_artifact = _of_aave("protocol/pool/Pool.sol").linked(libraries)
    configurator_artifact = _of_aave("protocol/pool/PoolConfigurator.sol").linked(libraries)
    await provider.send(admin, "setPoolImpl", (await bench.deploy(pool_artifact, provider.address)).address)
    await provider.send(admin, "setPoolConfiguratorImpl", (await bench.deploy(configurator_artifact)).address)
    pool = Contract(bench, pool_artifact, Address(await provider.view("getPool")))
    configurator = Contract(bench, configurator_artifact, Address(await provider.view("getPoolConfigurator")))
    rates = await bench.deploy(
        _of_aave("protocol/pool/DefaultReserveInterestRateStrategy.sol"),
        *(provider.address, RAY // 2, 0, RAY // 25, RAY, RAY // 25, RAY, 0, 0, RAY // 5),
    )
    tokens = [
        (await bench.deploy(_of_aave(f"protocol/tokenization/{name}.sol"), pool.address)).address
        for name in ("AToken", "StableDebtToken", "VariableDebtToken")
    ]
    names = ("aWETH", "aWETH", "vWETH", "vWETH", "sWETH", "sWETH")
    reserve = (*tokens, 18, rates.address, weth.address, admin, ZERO_ADDRESS, *names, b"")
    await configurator.send(admin, "initReserves", [reserve])
    await configurator.send(admin, "setReserveFlashLoaning", weth.address, True)
    await configurator.send(admin, "updateFlashloanPremiumTotal", _AAVE_PREMIUM_BPS)
    await weth.send(admin, "approve", pool.address, amount)
    await pool.send(admin, "supply", weth.address, amount, admin, 0)
    return pool


def _of_aave(source: str) -> Artifact:
    folder = node_modules() / "@aave/core-v3/artifacts/contracts"
    return load_artifact(folder / source / f"{Path(source).stem}.json")
