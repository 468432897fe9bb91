"""Who signs, and to whom what is signed goes."""

from secrets import token_bytes

from keeper.chain.signer import LocalSigner, load_environment_key, load_key_file, load_keystore
from keeper.config import FileKey, KeyRef, KeystoreKey, RelayConfig
from keeper.execution.relays import CancelStyle, RelaySettings

_MINUTE = 60.0


async def load_signer(reference: KeyRef) -> LocalSigner:
    """The key that a reference leads to. ``ConfigError`` as ``keeper.chain.signer`` says."""
    if isinstance(reference, KeystoreKey):
        return await load_keystore(reference.keystore, reference.password_file)
    if isinstance(reference, FileKey):
        return load_key_file(reference.file)
    return load_environment_key(reference.env, allowed=reference.allow_env)


def nobody() -> LocalSigner:
    """A key without a reputation, for requests to relays where the operator has named none."""
    return LocalSigner(token_bytes(32))


def relay_settings(config: RelayConfig) -> RelaySettings:
    """A relay as the configuration has it; its dialect says how bundles are taken back."""
    bundles, simulations = config.rate_limit("eth_sendBundle"), config.rate_limit("eth_callBundle")
    return RelaySettings(
        name=config.name,
        url=config.url.reveal(),
        cancel=CancelStyle.EMPTY_BUNDLE if config.dialect.value == "buildernet" else CancelStyle.METHOD,
        simulates=config.simulates,
        timeout_seconds=config.timeout,
        bundles_per_minute=round(bundles.per_second * _MINUTE) if bundles is not None else 1_800,
        simulations_per_minute=round(simulations.per_second * _MINUTE) if simulations is not None else 300,
        verify_tls=config.tls_verify,
    )
