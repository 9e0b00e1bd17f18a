"""What programs read: the site as llms.txt and Markdown, and an MCP endpoint."""
