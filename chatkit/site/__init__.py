"""The sample site: the product's own documentation with the widget on it."""
