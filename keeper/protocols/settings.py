"""What the protocols' settings have in common: strict, immutable, addresses in any case of hex."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from keeper.domain.units import Address, to_address

ConfigAddress = Annotated[Address, BeforeValidator(to_address)]
"""An address as written by people; lower case inside."""


class ProtocolConfig(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
