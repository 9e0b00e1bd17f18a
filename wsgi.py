"""The application gunicorn serves."""

from chatkit.app import create_app

app = create_app()
