"""Statements as the driver runs them: literals and expressions, each translated once.

An expression (`select(…)`, `update(…)`, `delete(…)`) is compiled once per shape: two expressions that
differ in their values alone share one compiled statement.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import TypeEngine

Expression = SelectBase | UpdateBase
Convert = Callable[[Any], Any]

# Our program has fewer shapes; statements built from request data must not fill the memory.
_MOST_SHAPES = 1000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with its values in the driver's own form; `readers` convert the columns it answers."""

    sql: str
    values: tuple[Any, ...] | dict[str, Any]
    readers: tuple[Convert | None, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    compiled: SQLCompiler
    writers: Mapping[str, Convert]
    readers: tuple[Convert | None, ...]


class Compiler:
    """Translates statements for one database and remembers the result; threads may share it."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.postgresql = dialect.name == "postgresql"
        self._numbers_values = dialect.paramstyle == "numeric_dollar"
        self._literals: dict[str, str] = {}
        self._shapes: dict[Any, _Shape] = {}

    def literal(self, sql: str) -> str:
        """Return a literal statement with psycopg's placeholders in place of `?`, or PostgreSQL's own (`$1`)."""
        known = self._literals.get(sql)
        if known is None:
            known = self._literals[sql] = _number(sql) if self._numbers_values else _mark(sql)
        return known

    def expression(self, expression: Expression) -> Prepared:
        """Compile an expression, or find the statement of its shape; raises TypeError where it names too little."""
        key = expression._generate_cache_key()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  (the key of SQLAlchemy's own cache has no public name)
        if key is None:
            raise TypeError("This expression has no shape: it holds something that SQLAlchemy cannot compare.")
        shape = self._shapes.get(key.key)
        if shape is None:
            shape = self._learn(expression, key)
        given = shape.compiled.construct_params(extracted_parameters=key.bindparams)
        state = shape.compiled.construct_expanded_state(given)
        values = dict(state.parameters)
        for name, convert in (*shape.writers.items(), *state.processors.items()):
            if name in values:
                values[name] = convert(values[name])
        if state.positiontup is None:
            return Prepared(state.statement, values, shape.readers)
        return Prepared(state.statement, tuple(values[name] for name in state.positiontup), shape.readers)

    def _learn(self, expression: Expression, key: Any) -> _Shape:
        compiled = expression.compile(dialect=self._dialect, cache_key=key)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  (for the type checker)
        if compiled.prefetch:
            raise TypeError("Name every column: a default of the table's class is not the database's.")
        writers = {name: self._writer(bind.type) for name, bind in compiled.binds.items()}
        readers = tuple(self._reader(column.type) for column in _columns(expression))
        shape = _Shape(compiled, {name: convert for name, convert in writers.items() if convert}, readers)
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        self._shapes[key.key] = shape
        return shape

    def _writer(self, kind: TypeEngine[Any]) -> Convert | None:
        return kind.dialect_impl(self._dialect).bind_processor(self._dialect)

    def _reader(self, kind: TypeEngine[Any]) -> Convert | None:
        return kind.dialect_impl(self._dialect).result_processor(self._dialect, None)


def _columns(expression: Expression) -> Iterable[Any]:
    return expression.exported_columns


def _mark(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _number(sql: str) -> str:
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
