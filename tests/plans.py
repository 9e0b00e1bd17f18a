"""How a database would find the rows of a statement."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection


def scanned(connection: Connection, statement: str, parameters: Any = None, generic: bool = False) -> list[str]:
    """Return what of a statement's tables would be read row by row, for want of an index.

    ``generic`` plans a statement whose parameters are not known, which only PostgreSQL can have.
    """
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        scans = [row.detail for row in plan if row.detail.startswith("SCAN")]
        return [scan for scan in scans if scan != "SCAN CONSTANT ROW"]
    # Small tables are read whole because that is quicker. Forbidden to, PostgreSQL does it for want of an index.
    for way in ("seqscan", "mergejoin", "hashjoin"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    options = "GENERIC_PLAN, FORMAT JSON" if generic else "FORMAT JSON"
    [plan] = connection.exec_driver_sql(f"EXPLAIN ({options}) {statement}", parameters).scalars()
    return list(_without_index(plan[0]["Plan"]))


def _without_index(node: dict[str, Any]) -> Iterator[str]:
    """Yield what a plan reads without a condition that an index answers; that of a bitmap is in the nodes below."""
    reads = node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"}
    if reads and "Index Cond" not in node:
        yield f"{node['Node Type']} {node.get('Relation Name') or node['Index Name']}: {node.get('Filter')}"
    for below in node.get("Plans", ()):
        yield from _without_index(below)
