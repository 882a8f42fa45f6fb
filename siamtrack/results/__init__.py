"""Track results as files: data formats and a picture."""
