"""What every request passes: JSON bodies, headers, concurrency, OpenAPI, gunicorn's worker."""
