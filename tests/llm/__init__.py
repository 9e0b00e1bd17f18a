"""Tests of `chatkit/llm`."""
