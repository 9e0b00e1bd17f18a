"""The packages that bring the widget into other sites, and real sites that it was brought into."""
