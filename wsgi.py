"""The application gunicorn serves."""

from chatkit import create_app

app = create_app()
