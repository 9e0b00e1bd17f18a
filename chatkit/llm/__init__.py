"""An OpenAI-compatible model server: client, retries, circuit breaker, token budget."""
