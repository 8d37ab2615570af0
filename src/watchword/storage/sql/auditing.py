"""The statement that looks through the audit chain, newest or oldest first.

It walks along the chain and passes over what is not asked for: a page of what is rare costs a look
at all that lies between.
"""

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    not_,
    or_,
    select,
)

from watchword.storage.sql.finding import Holds
from watchword.storage.sql.tables import audit

__all__ = ["find_links"]

SHAPES: Final = 256

_c: Final = audit.c


@lru_cache(SHAPES)
def find_links(counts: tuple[tuple[str, int], ...], *, descending: bool) -> Select[Any]:
    """Return the statement for conditions of these names with so many values each.

    Parameters: ``limit``, ``by`` (what details say where they name an actor), and each condition's
    name with the place of its value.
    """
    order = _c.serial.desc() if descending else _c.serial.asc()
    conditions = (_condition(name, count) for name, count in counts)
    limit = bindparam("limit", type_=BigInteger)
    return select(audit).where(*conditions).order_by(order).limit(limit)


def _condition(name: str, count: int) -> ColumnElement[bool]:
    given: list[BindParameter[Any]] = [bindparam(f"{name}{at}") for at in range(count)]
    match name:
        case "above" | "below":
            return _c.serial > given[0] if name == "above" else _c.serial < given[0]
        case "since" | "until":
            return _c.at >= given[0] if name == "since" else _c.at <= given[0]
        case "actor" | "actor_login":
            about = _c.subject_id if name == "actor" else _c.login
            anybody = Holds(_c.details, bindparam("by", type_=_c.details.type))
            told = bindparam(f"{name}1", type_=_c.details.type)
            return or_(Holds(_c.details, told), and_(not_(anybody), about == given[0]))
        case "about":
            texts = (bindparam(f"about{at}", type_=_c.details.type) for at in range(1, count))
            return or_(_c.subject_id == given[0], *(Holds(_c.details, text) for text in texts))
        case _:
            return _c[name].in_(given)
