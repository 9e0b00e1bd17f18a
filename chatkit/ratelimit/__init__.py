"""Rate limits: the policies, the limiter and its before_request hook, `flask limits`."""
