"""What the model of codes and tokens believes there is (test_life_cycle_model.py)."""

from dataclasses import dataclass, field


@dataclass
class Token:
    """An access token and the refresh token beside it."""

    access: str
    refresh: str | None
    born: float
    rotated: float | None = None
    successor: "Token | None" = None
    access_revoked: bool = False


@dataclass
class Family:
    """What came of one code."""

    app: int
    scope: str
    born: float
    session: int
    dead: bool = False
    tokens: list[Token] = field(default_factory=list[Token])


@dataclass
class Code:
    """A code, used or not."""

    text: str
    app: int
    scope: str
    born: float
    session: int
    used: float | None = None
    family: Family | None = None
    gone: bool = False
