"""The codes that operators see: well formed, told apart, and written down."""

import re

from keeper.domain.denials import DenialCode
from tests.support.code_tables import DENIALS, ERRORS, denials_page, errors_page, raised

CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def test_every_denial_is_a_category_and_a_condition_with_a_meaning_of_its_own() -> None:
    categories = {"STATE", "EXIT", "PROFIT", "PLAN", "FUNDING", "SIMULATION", "RISK", "STRATEGY"}
    for code in DenialCode.__members__:
        assert CODE.fullmatch(code)
        assert code.split("_")[0] in categories
    meanings = [code.value for code in DenialCode]
    assert len(set(meanings)) == len(DenialCode.__members__), "an equal meaning would make one an alias of the other"


def test_every_error_code_is_a_category_and_a_condition() -> None:
    assert [each for each in raised() if not CODE.fullmatch(each.code)] == []


def test_the_table_of_denials_is_up_to_date() -> None:
    assert DENIALS.read_text(encoding="utf-8") == denials_page(), "run python -m tests.support.code_tables"


def test_the_table_of_errors_is_up_to_date() -> None:
    assert ERRORS.read_text(encoding="utf-8") == errors_page(), "run python -m tests.support.code_tables"
