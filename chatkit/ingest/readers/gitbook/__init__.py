"""GitBook, and HonKit, which goes on with the older one."""
