"""Where the money for one transaction comes from: the cheapest flash loans first, own capital where they fall short."""

from collections.abc import Iterable
from dataclasses import dataclass

from keeper.domain.plans import Flash, Lender
from keeper.domain.units import Address, Wei


@dataclass(frozen=True, slots=True)
class Funding:
    """Loans to open, first outermost, and own capital that is spent before the first income."""

    flashes: tuple[Flash, ...]
    own: Wei

    @property
    def fees(self) -> Wei:
        return Wei(sum(flash.fee for flash in self.flashes))


def fund(amount: Wei, token: Address, lenders: Iterable[Lender], own: Wei) -> Funding | None:
    """The cheapest way to have ``amount`` of ``token`` for one transaction; ``None`` if there is not that much.

    A free loan goes before own capital, so that the capital stays for what cannot be borrowed for; own capital goes before
    a loan with a fee. A lender is asked once, for as much as it has.
    """
    if amount <= 0:
        return Funding((), Wei(0))
    offers = sorted(
        (lender for lender in lenders if lender.token == token and lender.available > 0),
        key=lambda lender: (lender.fee_ppm, -lender.available),
    )
    flashes: list[Flash] = []
    missing = int(amount)
    own_used = 0
    for lender in offers:
        if lender.fee_ppm > 0 and not own_used:
            own_used = min(missing, own)
            missing -= own_used
        if missing <= 0:
            break
        part = Wei(min(missing, lender.available))
        flashes.append(Flash(lender.kind, lender.address, token, part, lender.fee(part)))
        missing -= part
    if missing > 0 and not own_used:
        own_used = min(missing, own)
        missing -= own_used
    return None if missing > 0 else Funding(tuple(flashes), Wei(own_used))
