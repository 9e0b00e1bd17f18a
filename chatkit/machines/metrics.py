"""What the operator sees of programs that read here, apart from readers."""

from prometheus_client import Counter

CALLS = Counter("chatkit_machine_calls_total", "Calls of programs, by what they asked for.", ["what", "outcome"])
KINDS = ("llms_txt", "llms_full_txt", "page", "mcp_search", "mcp_fetch", "mcp_ask")
# A chart of what never happened yet shows a line at 0.
for _what in KINDS:
    for _outcome in ("answered", "refused"):
        CALLS.labels(_what, _outcome)
