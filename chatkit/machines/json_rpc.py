"""JSON-RPC 2.0: one message, its answer, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603

Id = str | int | None


class RpcError(Exception):
    """An answer other than a result; ``data`` is what a program reads of it."""

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@dataclass(frozen=True)
class Message:
    """A request, or without an ``id`` a notification, which is not answered."""

    id: Id
    method: str
    params: Mapping[str, Any]


def read(body: object) -> Message:
    """Return the message that a JSON body is; raises ``RpcError`` for anything else."""
    if isinstance(body, list):
        raise RpcError(INVALID_REQUEST, "Send one message in each request; batches are not taken.")
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0" or not isinstance(body.get("method"), str):
        raise RpcError(INVALID_REQUEST, 'Send one JSON-RPC request: an object with "jsonrpc": "2.0" and a "method".')
    if "id" in body and (not isinstance(body["id"], str | int) or isinstance(body["id"], bool)):
        raise RpcError(INVALID_REQUEST, "The id of a request is a text or a whole number.")
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "The params of a request are an object.")
    return Message(body.get("id"), body["method"], params)


def id_of(body: object) -> Id:
    """Return the id of a message as far as it can be read."""
    found = body.get("id") if isinstance(body, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def result(id_: Id, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request."""
    return {"jsonrpc": "2.0", "id": id_, "result": value}


def error(id_: Id, code: int, message: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the answer to a request that failed, or that could not be read, when it has no id."""
    told = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return {"jsonrpc": "2.0", "id": id_, "error": told}
