"""An encoder that a server of OpenAI's protocol is: one vector for a text, none for its tokens."""

from dataclasses import dataclass

import numpy as np
import urllib3

from chatkit.errors import RetryLater
from chatkit.search.encoding import Encoding

# A reader waits for the vector of the question; without it, words answer.
TIMEOUT_SECONDS = 3.0
# About what an embedding model reads; the rest of a long text is left out.
MOST_CHARACTERS = 6_000


@dataclass(frozen=True)
class EmbeddingServer:
    """Asks a server for vectors. Raises ``RetryLater`` when it does not give any."""

    model: str
    url: str
    name: str
    key: str | None

    def encode_question(self, text: str) -> Encoding:
        """Return the vector of a question."""
        return self._encode(text)

    def encode_passage(self, heading: str, body: str) -> Encoding:
        """Return the vector of a passage."""
        return self._encode(f"{heading}\n{body}")

    def _encode(self, text: str) -> Encoding:
        asked = {"model": self.name, "input": text[:MOST_CHARACTERS], "encoding_format": "float"}
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            found = urllib3.request(
                "POST",
                f"{self.url}/embeddings",
                json=asked,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                retries=False,
                redirect=False,
            )
            if found.status != 200:
                raise RetryLater(f"The server of EMBEDDING_MODEL answered {found.status}.")
            vector = np.array(found.json()["data"][0]["embedding"], np.float32)
            length = float(np.linalg.norm(vector))
            if vector.ndim != 1 or not 0 < length < np.inf:
                raise ValueError("no vector")
        except urllib3.exceptions.HTTPError as error:
            raise RetryLater(f"The server of EMBEDDING_MODEL cannot be reached: {type(error).__name__}.") from None
        except (ValueError, KeyError, IndexError, TypeError):
            raise RetryLater("The server of EMBEDDING_MODEL answered without a vector.") from None
        return Encoding(vector / np.float32(length))
