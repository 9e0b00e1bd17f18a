"""What a reader is offered before a question and while it is typed."""
